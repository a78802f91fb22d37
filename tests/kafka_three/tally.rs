//! What happened in a run, counted where it cannot be missed.

use std::fmt;

use segue_log::Record;
use segue_testkit::checker::Report;

use crate::fleet::PARTITIONS;
use crate::reloads::Given;

/// What happened in a run, counted where it cannot be missed: in Kafka, and in what the routers said.
#[derive(Default)]
pub(crate) struct Tally {
    /// Records that were written in transactions that came to nothing.
    pub(crate) aborted: usize,
    /// Times that a router found itself fenced.
    pub(crate) fenced: usize,
    /// Times that a router gave up all that it held, fenced or not.
    pub(crate) lost: usize,
    /// Steps that were undone.
    pub(crate) rewound: usize,
    /// Partitions whose state was read back.
    pub(crate) restored: usize,
    /// Log records that intake had to write again.
    pub(crate) seen: usize,
    /// Events that their source published again.
    pub(crate) duplicates: usize,
    /// How often a router has left, of its own or not, or has come.
    pub(crate) changes: usize,
    /// How many of these were by `kill -9`.
    pub(crate) kills: usize,
    /// How often the brokers have settled anew who has what in the groups of deciding and of intake.
    pub(crate) rebalances: [usize; 2],
    /// The bundles that were deployed.
    pub(crate) given: Given,
    pub(crate) report: Report,
    /// The records of all tasks.
    pub(crate) tasks: Vec<Record>,
}

impl Tally {
    /// What the checker and the routers have said.
    pub(crate) fn of(report: Report, said: &str, tasks: Vec<Record>) -> Tally {
        let said = |text: &str| said.matches(text).count();
        Tally {
            fenced: said("hold lost (fenced)"),
            lost: said("hold lost"),
            rewound: said("step undone ("),
            restored: said("partition restored"),
            seen: report.counted("fate seen"),
            duplicates: report.counted("fate duplicate"),
            report,
            tasks,
            ..Tally::default()
        }
    }

    /// Goes on if all of these happened.
    pub(crate) fn require(&self, required: &[(&str, usize)]) {
        for (name, count) in required {
            assert!(*count > 0, "INVALID: the run had no {name}\n{self}");
        }
    }

    /// Goes on if each happened at least so often.
    pub(crate) fn require_at_least(&self, required: &[(&str, usize, usize)]) {
        for (name, count, least) in required {
            assert!(count >= least, "INVALID: the run had {count} {name}, and {least} are the least\n{self}");
        }
    }

    /// How many tasks caps of that size have turned down.
    pub(crate) fn rejected(&self, at_most: u64) -> usize {
        self.report.counted(&format!("rejected by a cap of {at_most}"))
    }

    /// How many decisions on a channel were made again from the log: at night all of them find the hours quiet.
    pub(crate) fn channels(&self) -> usize {
        let names = ["channels chosen", "held by quiet hours", "left without a channel"];
        names.into_iter().map(|name| self.report.counted(name)).sum()
    }

    /// How often each partition went over to another bundle; that it is the same number for all is the checker's to see.
    pub(crate) fn switches(&self) -> usize {
        self.report.counted("switches") / PARTITIONS as usize
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { aborted, fenced, lost, rewound, restored, seen, duplicates, report, .. } = self;
        let Tally { changes, kills, rebalances: [decide, intake], given, .. } = self;
        writeln!(
            f,
            "counters: {aborted} records aborted, {fenced} times fenced, {lost} holds lost, {rewound} steps undone, {restored} partitions restored, {seen} seen, {duplicates} duplicates"
        )?;
        writeln!(
            f,
            "routers: {changes} times one left or came, {kills} of them by kill -9; rebalances: {decide} of segue.decide, {intake} of segue.intake"
        )?;
        if given.good > 0 {
            let Given { good, late, refused, unusable } = given;
            writeln!(
                f,
                "bundles: {good} deployed, {late} of them took more than half a minute, {refused} refused for findings, {unusable} unusable ones commanded; each partition switched {} times",
                self.switches()
            )?;
        }
        write!(f, "{report}")
    }
}
