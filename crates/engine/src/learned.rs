//! How the tasks of each action were responded to: what this partition has counted, and what the others have told.
//!
//! A partition counts its own subjects' tasks, each once, by what became of it last: that follows from how its subjects'
//! agendas change, and from nothing else. From time to time it tells the owner of `segue.shared` how far it has come, and
//! that one tells all partitions, in the same way. What is told are sums from the beginning: to be told twice changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::{Agenda, Responses, Share};

use crate::overlay::Overlay;

/// Whose figures: an action, and the partition that counted them.
type Place = (String, u32);

/// What one partition has counted of one action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) counted: Responses,
    /// True if others are still to be told.
    pub(crate) is_untold: bool,
}

/// All that is known of responses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    shares: Overlay<Place, Kept>,
    /// The sums over all partitions, by action.
    totals: BTreeMap<String, Responses>,
    untold: BTreeSet<Place>,
    /// The number of this partition of the log.
    own: u32,
}

impl Learned {
    /// Nothing is known yet.
    pub(crate) fn new(own: u32) -> Learned {
        Learned { own, ..Learned::default() }
    }

    /// The sums over all partitions, by action.
    pub(crate) fn totals(&self) -> &BTreeMap<String, Responses> {
        &self.totals
    }

    /// Counts what the tasks of a subject have come to; those of `elsewhere` are counted there as far as they had come. One
    /// that is forgotten stays counted.
    pub(crate) fn count(&mut self, before: &Agenda, elsewhere: &Agenda, after: &Agenda) {
        for task in &after.tasks {
            let known = before.tasks.iter().chain(&elsewhere.tasks).find(|known| known.id == task.id);
            let (was, is) =
                (known.map(|known| known.stage.response()).unwrap_or_default(), task.stage.response());
            if was != is {
                let place = (task.action.clone(), self.own);
                let mut counted = self.kept(&place).counted;
                counted.change(was, is);
                self.set(place, Kept { counted, is_untold: true });
            }
        }
    }

    /// Takes in what another partition has counted; `is_passed_on`: others are to be told of it.
    pub(crate) fn hear(&mut self, share: Share, is_passed_on: bool) {
        let Share { partition, action, counted } = share;
        let place = (action, partition);
        if self.kept(&place).counted != counted {
            self.set(place, Kept { counted, is_untold: is_passed_on });
        }
    }

    /// True if there is something that others are to be told, of actions that somebody learns of.
    pub(crate) fn has_untold(&self, is_learned: impl Fn(&str) -> bool) -> bool {
        self.untold.iter().any(|(action, _)| is_learned(action))
    }

    /// What others are to be told: by then it counts as told.
    pub(crate) fn tell(&mut self, is_learned: impl Fn(&str) -> bool) -> Vec<Share> {
        let places: Vec<Place> =
            self.untold.iter().filter(|(action, _)| is_learned(action)).cloned().collect();
        let mut told = Vec::with_capacity(places.len());
        for place in places {
            let counted = self.kept(&place).counted;
            self.set(place.clone(), Kept { counted, is_untold: false });
            told.push(Share { partition: place.1, action: place.0, counted });
        }
        told
    }

    fn kept(&self, place: &Place) -> Kept {
        self.shares.get(place).copied().unwrap_or_default()
    }

    fn set(&mut self, place: Place, kept: Kept) {
        let before = self.kept(&place);
        self.shares.set(place.clone(), Some(kept));
        self.adjust(&place, before, kept);
    }

    /// Brings what follows from the shares up to date.
    fn adjust(&mut self, place: &Place, before: Kept, after: Kept) {
        self.totals.entry(place.0.clone()).or_default().change(before.counted, after.counted);
        let _ = if after.is_untold { self.untold.insert(place.clone()) } else { self.untold.remove(place) };
    }

    /// What the step changed, in the order of actions.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (&str, u32, Kept)> {
        let pending = self.shares.pending();
        pending.map(|((action, partition), kept)| {
            (action.as_str(), *partition, kept.copied().unwrap_or_default())
        })
    }

    /// Puts a share in as kept, when it is restored; `None` takes it away.
    pub(crate) fn restore(&mut self, action: &str, partition: u32, kept: Option<Kept>) {
        let place = (action.to_owned(), partition);
        let before = self.kept(&place);
        self.shares.restore(place.clone(), kept);
        self.adjust(&place, before, kept.unwrap_or_default());
    }

    /// The step is committed.
    pub(crate) fn settle(&mut self) {
        self.shares.settle();
    }

    /// The step is undone.
    pub(crate) fn undo(&mut self) {
        let changed: Vec<(Place, Kept)> = self
            .shares
            .pending()
            .map(|(place, kept)| (place.clone(), kept.copied().unwrap_or_default()))
            .collect();
        self.shares.undo();
        for (place, kept) in changed {
            let before = self.kept(&place);
            self.adjust(&place, kept, before);
        }
    }
}
