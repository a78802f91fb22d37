//! How the story looks on a terminal: a line for each event, and below it what is to be done.

use std::collections::BTreeMap;

use segue_bundle::visible;
use segue_demo::accounts::Accounts;
use segue_demo::router::{Outlet, Released};
use segue_demo::systems::{Moment, System};
use segue_log::Record;
use segue_model::Timestamp;
use serde_json::Value;

use crate::terminal::{Stop, Style, Terminal};

/// How many characters of a score, and so how far everything below an event is set in.
const INDENT: usize = 7;

/// Shows the story, and counts what it shows.
#[derive(Debug)]
pub(super) struct Show<'a> {
    terminal: &'a Terminal,
    events: BTreeMap<System, usize>,
    tasks: BTreeMap<Outlet, usize>,
}

type Shown = Result<(), Stop>;

impl<'a> Show<'a> {
    /// Shows on that terminal.
    pub(super) fn on(terminal: &'a Terminal) -> Show<'a> {
        Show { terminal, events: BTreeMap::new(), tasks: BTreeMap::new() }
    }

    /// Opens the story.
    ///
    /// # Errors
    /// As [`Terminal::data`], as all that is shown.
    pub(super) fn opening(&self, seed: u64, bundle: &str, is_endless: bool) -> Shown {
        self.line(&self.terminal.styled(Style::Strong, "A bank, its systems, and eight of its customers"))?;
        self.line("What the systems publish comes in on the left. What is best done about it stands below, with its")?;
        self.line("score, and goes to the team that can do it. The log is in memory, and no other machine is asked.")?;
        let end = if is_endless { " Ctrl-C ends it." } else { "" };
        self.line(&self.faint(&format!("Seed {seed}, bundle {}.{end}", visible(bundle))))
    }

    /// Counts an event that is not shown.
    pub(super) fn count(&mut self, moment: &Moment) {
        *self.events.entry(moment.system).or_default() += 1;
    }

    /// Says what the systems have told before the story begins.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(super) fn introduction(&self, at: Timestamp) -> Shown {
        for system in System::ALL.iter().filter(|system| self.events.contains_key(system)) {
            let what = match system {
                System::Catalogue => "products",
                System::Billing => "accounts",
                _ => "customers",
            };
            self.event(at, *system, &format!("{} {what} are known", self.events[system]))?;
        }
        self.line("")
    }

    /// Begins a day.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(super) fn day(&self, morning: Timestamp) -> Shown {
        self.line("")?;
        self.line(&self.terminal.styled(Style::Strong, &format(morning, "%A %-d %B %Y")))?;
        self.line("")
    }

    /// Shows an event and what it led to.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(super) fn moment(
        &mut self,
        at: Timestamp,
        moment: &Moment,
        tasks: &[Released],
        failed: &[Record],
    ) -> Shown {
        self.count(moment);
        self.event(at, moment.system, &moment.says)?;
        for task in tasks {
            *self.tasks.entry(task.outlet.clone()).or_default() += 1;
            self.task(task)?;
        }
        for record in failed {
            let (code, detail) = (header(record, "segue-error"), header(record, "segue-detail"));
            let label = self.terminal.styled(Style::Warning, &format!("failed event: {code}"));
            self.below("", &format!("{label}; kept as it came, with the reason: {detail}"))?;
        }
        if !tasks.is_empty() || !failed.is_empty() {
            self.line("")?;
        }
        Ok(())
    }

    /// Sums up.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(super) fn sum(&self, accounts: &Accounts) -> Shown {
        let total: usize = self.events.values().sum();
        self.line("")?;
        self.line(&self.terminal.styled(Style::Strong, &format!("{total} events came in")))?;
        for (system, count) in &self.events {
            self.below(&count.to_string(), &format!("from {}", system.name()))?;
        }
        let total: usize = self.tasks.values().sum();
        self.line(&self.terminal.styled(Style::Strong, &format!("{total} tasks went out")))?;
        for (outlet, count) in &self.tasks {
            self.below(&count.to_string(), &format!("to {}", place(outlet)))?;
        }
        self.line(&self.terminal.styled(Style::Strong, "Each event is accounted for"))?;
        for (count, words) in accounts.words() {
            self.below(&count.to_string(), words)?;
        }
        Ok(())
    }

    /// Says what can be done next. `program` is how this program was called.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(super) fn next_steps(&self, program: &str) -> Shown {
        self.line("")?;
        self.line(&self.terminal.styled(Style::Strong, "Next"))?;
        let steps = [
            ("init my-bundle", "a small bundle to start from"),
            ("check my-bundle", "all that is wrong with it, with places"),
            ("test my-bundle", "its tests, on a virtual clock"),
            ("replay my-bundle --events FILE", "the whole engine over recorded events, without a broker"),
            ("run --settings FILE", "the service, on your Kafka"),
        ];
        let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
        for (command, about) in steps {
            self.line(&format!("  {program} {command:<width$}   {}", self.faint(about)))?;
        }
        Ok(())
    }

    fn event(&self, at: Timestamp, system: System, says: &str) -> Shown {
        let name = self.terminal.styled(Style::Strong, &format!("{:<10}", system.name()));
        self.line(&format!("{}  {name} {says}", format(at, "%H:%M")))
    }

    fn task(&self, task: &Released) -> Shown {
        let data = &task.event["data"];
        let score = data["priority"]["score"].as_f64().unwrap_or_default();
        let action = self.faint(&text(&data["action"]));
        let score = self.terminal.styled(Style::Good, &format!("{score:>INDENT$.1}"));
        self.line(&format!(
            "{score}  {}  {action}",
            self.terminal.styled(Style::Good, &place(&task.outlet))
        ))?;
        self.below("", &self.terminal.styled(Style::Strong, &text(&data["what"])))?;
        for (number, step) in data["how"].as_array().into_iter().flatten().enumerate() {
            self.below("", &format!("{}. {}", number + 1, text(step)))?;
        }
        match data["tone"].as_str() {
            Some(tone) => self.below("", &self.faint(&format!("Tone: {}", visible(tone)))),
            None => Ok(()),
        }
    }

    fn below(&self, left: &str, right: &str) -> Shown {
        self.line(&format!("{left:>INDENT$}  {right}"))
    }

    fn faint(&self, text: &str) -> String {
        self.terminal.styled(Style::Faint, text)
    }

    fn line(&self, line: &str) -> Shown {
        self.terminal.show(line)
    }
}

fn place(outlet: &Outlet) -> String {
    match &outlet.lane {
        Some(lane) => format!("{}, {lane}", outlet.destination),
        None => outlet.destination.clone(),
    }
}

/// A text of others, which may not break a line.
fn text(value: &Value) -> String {
    visible(value.as_str().unwrap_or_default()).into_owned()
}

fn header(record: &Record, name: &str) -> String {
    let found = record.headers.iter().find(|header| header.name == name);
    let value = found.and_then(|header| header.value.as_deref()).unwrap_or_default();
    visible(&String::from_utf8_lossy(value)).into_owned()
}

fn format(at: Timestamp, how: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.strftime(how).to_string()).unwrap_or_default()
}
