//! Commands: each is stepped by itself, with what it names at hand.

use std::collections::BTreeSet;

use segue_engine::Partition;
use segue_log::{Error, Record, TopicPartition};
use segue_telemetry::{Gauge, Loop};
use segue_wire::command::Says;
use segue_wire::{Command, log_record};

use super::Decide;

impl Decide {
    /// Steps what was polled. A command is committed apart from what stands before and behind it, so that a step is decided
    /// by one bundle.
    pub(super) fn step(&mut self, records: &[Record]) -> Result<(), Error> {
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            let Some(command) = log_record::command(record.value.as_deref().unwrap_or_default()) else {
                continue;
            };
            if from < at {
                self.step_together(&records[from..at])?;
            }
            self.step_command(&command, record)?;
            from = at + 1;
        }
        if from < records.len() { self.step_together(&records[from..]) } else { Ok(()) }
    }

    fn step_command(&mut self, command: &Command, record: &Record) -> Result<(), Error> {
        let place = TopicPartition { topic: record.topic.clone(), partition: record.partition };
        let digest_of = |machine: &Partition| machine.bundle().digest.clone();
        let before = self.owned.get(&place).map(digest_of);
        match &command.says {
            Says::Switch(digest) if before.as_ref().is_some_and(|before| before != digest) => {
                self.offer(digest, &place)?;
            }
            Says::Shadow(Some(digest)) => self.offer_shadow(digest, &place)?,
            _ => {}
        }
        self.step_together(std::slice::from_ref(record))?;
        let after = self.owned.get(&place).map(digest_of);
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let TopicPartition { topic, partition } = &place;
            tracing::info!(%topic, partition, bundle = %after, former = %before, "partition decides by another bundle");
        }
        Ok(())
    }

    /// Has the bundle at hand that a partition is to switch to.
    fn offer(&mut self, digest: &str, place: &TopicPartition) -> Result<(), Error> {
        match self.rules.bundles.find(digest, &mut *self.worker)? {
            Ok(bundle) => {
                self.refused = None;
                self.bulkhead.admit(&bundle);
                if let Some(machine) = self.owned.get_mut(place) {
                    machine.offer(bundle);
                }
            }
            Err(detail) => {
                tracing::error!(bundle = %digest, detail, "bundle cannot be used: the former one goes on");
                self.refused =
                    Some(format!("the bundle {digest} cannot be used, the former goes on: {detail}"));
            }
        }
        Ok(())
    }

    /// Has the bundle at hand that is to decide beside a partition's own. Nothing is wrong with the router if it cannot.
    fn offer_shadow(&mut self, digest: &str, place: &TopicPartition) -> Result<(), Error> {
        match self.rules.bundles.find(digest, &mut *self.worker)? {
            Ok(bundle) => {
                if let Some(machine) = self.owned.get_mut(place) {
                    machine.offer(bundle);
                }
            }
            Err(detail) => {
                tracing::error!(bundle = %digest, detail, "bundle cannot be used: it does not decide beside the one that counts");
            }
        }
        Ok(())
    }

    /// Shows by which bundles is decided.
    pub(super) fn show_bundles(&mut self) {
        let is_new = |machine: &Partition| !self.shown.contains(&machine.bundle().digest);
        let held = |shown: &String| self.owned.values().any(|machine| machine.bundle().digest == *shown);
        if self.shown.iter().all(held) && !self.owned.values().any(is_new) {
            return;
        }
        let now: BTreeSet<String> =
            self.owned.values().map(|machine| machine.bundle().digest.clone()).collect();
        for bundle in self.shown.union(&now) {
            let value = i64::from(now.contains(bundle));
            self.around.metrics.set(Gauge::BundleInfo { of: Loop::Decide, bundle }, value);
        }
        self.shown = now;
    }

    /// Shows what is paused.
    pub(super) fn show_paused(&mut self) {
        let paused = || self.owned.values().flat_map(Partition::paused);
        if self.shown_paused.is_empty() && paused().next().is_none() {
            return;
        }
        let now: BTreeSet<String> = paused().map(str::to_owned).collect();
        for part in self.shown_paused.union(&now) {
            self.around.metrics.set(Gauge::Paused { part }, i64::from(now.contains(part)));
        }
        for part in now.symmetric_difference(&self.shown_paused) {
            tracing::info!(part, is_paused = now.contains(part), "a part is paused or goes on");
        }
        self.shown_paused = now;
    }
}
