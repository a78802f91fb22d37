//! What a partition knows: its subjects' profiles, and the rows that everyone sees.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use segue_bundle::Bundle;
use segue_bundle::bundle::Into;
use segue_document::Document;
use segue_expr::Side;
use segue_model::{Agenda, Event, Heard, Latest, Profile, Row, Rows, Span, Surroundings, Timestamp};
use segue_wire::key;

use crate::arms::Arms;
use crate::dues::Dues;
use crate::forwards::Forwards;
use crate::learned::Learned;
use crate::marks::Marks;
use crate::overlay::Overlay;
use crate::profiles::{Found, Profiles};
use crate::shut::Shut;
use crate::tasks::Tasks;
use crate::tied::Tied;

/// Profiles and rows, with what the step that is not committed yet has changed.
#[derive(Debug, Default)]
pub struct Known {
    /// Profiles by subject key.
    pub profiles: Profiles,
    /// Rows of everyone by (table, key): what the changelog has.
    pub rows: Overlay<(String, String), Row>,
    /// The same rows by table, as decisions see them; changed at once, and put right when a step is undone.
    tables: BTreeMap<String, Rows>,
    /// How long the tables of everyone keep a row that is not touched, where they say so.
    expires: BTreeMap<String, Span>,
    /// When rows of those tables may be gone: of a row that was touched again, the earlier entry means nothing.
    expiring: BTreeSet<(Timestamp, String, String)>,
    /// When each subject's next entry falls due.
    pub(crate) dues: Dues,
    /// Whose each task is.
    pub(crate) tasks: Tasks,
    /// Who has a task that waits for its destination to open.
    pub(crate) shut: Shut,
    /// How tasks were responded to.
    pub(crate) learned: Learned,
    /// What control policies show.
    pub(crate) arms: Arms,
    /// Which subjects events about everyone may concern.
    pub(crate) tied: Tied,
    /// Who goes by whose id.
    pub(crate) forwards: Forwards,
    /// Who was erased, and which tasks were theirs: from when on.
    pub(crate) erased: Marks,
}

impl Known {
    /// Nothing is known yet in the partition of that number.
    pub(crate) fn new(bundle: &Bundle, number: u32) -> Known {
        Known { expires: expires(bundle), learned: Learned::new(number), ..Known::default() }
    }

    /// Begins with what another partition's bundle knows of everyone, and with no profile.
    pub(crate) fn begin_as(&mut self, other: &Known) {
        for (table, rows) in &other.tables {
            rows.0.iter().for_each(|(key, row)| self.restore_row(table, key, Some(row.clone())));
        }
        self.learned = other.learned.clone();
    }

    /// Puts a bundle in the place of another: how long rows of everyone are kept, and whom events about everyone may
    /// concern, follows from it. The profiles are gone through only where what ties subjects to events has changed.
    pub(crate) fn put_on(&mut self, former: &Bundle, bundle: &Bundle) {
        self.expires = expires(bundle);
        self.expiring.clear();
        let rows = self.tables.iter().flat_map(|(table, rows)| rows.0.iter().map(move |row| (table, row)));
        for (table, (key, row)) in rows {
            if let Some(after) = self.expires.get(table) {
                let _ = self.expiring.insert((row.touched().plus(*after), table.clone(), key.clone()));
            }
        }
        if former.sides != bundle.sides {
            let mut tied = Tied::default();
            self.profiles.each(&mut |key, profile| tied.set(&bundle.sides, key, None, Some(profile), true));
            self.tied = tied;
        }
    }

    /// Drops the rows of everyone that are gone by `now`.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some((at, _, _)) = self.expiring.first()
            && *at <= now
        {
            let Some((_, table, key)) = self.expiring.pop_first() else { return };
            let gone = self.row(&table, &key).and_then(|row| self.gone_at(&table, row));
            if gone.is_some_and(|gone| gone <= now) {
                let _ = self.tables.get_mut(&table).and_then(|rows| rows.0.remove(&key));
                self.rows.set((table, key), None);
            }
        }
    }

    fn gone_at(&self, table: &str, row: &Row) -> Option<Timestamp> {
        self.expires.get(table).map(|expires| row.touched().plus(*expires))
    }

    fn will_expire(&mut self, table: &str, key: &str, row: &Row) {
        if let Some(gone) = self.gone_at(table, row) {
            let _ = self.expiring.insert((gone, table.to_owned(), key.to_owned()));
        }
    }

    /// Puts a changed profile in the place of the one that was found; `written` is how it is written.
    pub(crate) fn change(
        &mut self,
        sides: &[Side],
        key: String,
        found: &Found,
        profile: Profile,
        written: String,
    ) {
        self.change_counted(sides, key, found, profile, &Agenda::default(), written);
    }

    /// The same, where what became of the tasks of `counted` is counted elsewhere already.
    pub(crate) fn change_counted(
        &mut self,
        sides: &[Side],
        key: String,
        found: &Found,
        profile: Profile,
        counted: &Agenda,
        written: String,
    ) {
        let before = &found.profile;
        self.forwards.set(&key, before, &profile);
        self.tied.set(sides, &key, Some(before), Some(&profile), false);
        self.arms.count(before, &profile);
        if !Arc::ptr_eq(&before.agenda, &profile.agenda) {
            self.learned.count(&before.agenda, counted, &profile.agenda);
            self.dues.set(&key, profile.agenda.due());
            self.tasks.set(&key, Some(before), &profile);
            self.shut.set(&key, &profile.agenda);
        }
        self.profiles.change(key, found, profile, written);
    }

    /// Takes a profile away, and all that follows from it. What was counted over all subjects stays counted.
    pub(crate) fn remove(&mut self, sides: &[Side], key: String, found: &Found) {
        let (before, nothing) = (&found.profile, Profile::default());
        self.forwards.set(&key, before, &nothing);
        self.tied.set(sides, &key, Some(before), None, false);
        self.dues.set(&key, None);
        self.tasks.set(&key, Some(before), &nothing);
        self.shut.set(&key, &nothing.agenda);
        self.profiles.remove(key, found);
    }

    /// Puts a profile of so many bytes in as kept, when it is restored or given.
    pub(crate) fn restore_profile(
        &mut self,
        sides: &[Side],
        key: String,
        profile: Option<Profile>,
        bytes: usize,
    ) {
        let found = self.profiles.find(&key);
        let before = &found.profile;
        self.tied.set(sides, &key, Some(before), profile.as_ref(), true);
        let nothing = Profile::default();
        let after = profile.as_ref().unwrap_or(&nothing);
        self.forwards.restore(&key, before, after);
        self.dues.restore(&key, after.agenda.due());
        self.tasks.restore(&key, Some(before), after);
        self.shut.restore(&key, &after.agenda);
        self.profiles.restore(key, &found, profile.map(Arc::new), bytes);
    }

    /// Takes what follows from a profile that its shelf keeps already into the indexes beside the profiles.
    pub(crate) fn index_profile(&mut self, sides: &[Side], key: &str, profile: &Profile) {
        self.tied.set(sides, key, None, Some(profile), true);
        self.dues.restore(key, profile.agenda.due());
        self.forwards.restore(key, &Profile::default(), profile);
        self.tasks.restore(key, None, profile);
        self.shut.restore(key, &profile.agenda);
    }

    /// True if some subject may go by another id.
    pub(crate) fn has_forwards(&self) -> bool {
        !self.forwards.is_empty()
    }

    /// The rows that everyone sees, by table.
    pub fn tables(&self) -> &BTreeMap<String, Rows> {
        &self.tables
    }

    /// A row that everyone sees.
    pub fn row(&self, table: &str, key: &str) -> Option<&Row> {
        self.tables.get(table)?.0.get(key)
    }

    /// Writes a row that everyone sees.
    pub fn set_row(&mut self, table: &str, key: &str, row: Row) {
        self.will_expire(table, key, &row);
        let _ = self.tables.entry(table.to_owned()).or_default().0.insert(key.to_owned(), row.clone());
        self.rows.set((table.to_owned(), key.to_owned()), Some(row));
    }

    /// Takes a row away that everyone sees.
    pub fn remove_row(&mut self, table: &str, key: &str) {
        if let Some(rows) = self.tables.get_mut(table) {
            let _ = rows.0.remove(key);
        }
        self.rows.set((table.to_owned(), key.to_owned()), None);
    }

    /// Puts a row in as kept, when it is restored.
    pub fn restore_row(&mut self, table: &str, key: &str, row: Option<Row>) {
        if let Some(row) = &row {
            self.will_expire(table, key, row);
        }
        let rows = self.tables.entry(table.to_owned()).or_default();
        let _ = match row.clone() {
            Some(row) => rows.0.insert(key.to_owned(), row),
            None => rows.0.remove(key),
        };
        self.rows.restore((table.to_owned(), key.to_owned()), row);
    }

    /// The step is committed.
    pub fn settle(&mut self) {
        self.profiles.settle();
        self.dues.settle();
        self.tasks.settle();
        self.shut.settle();
        self.tied.settle();
        self.learned.settle();
        self.arms.settle();
        self.forwards.settle();
        self.erased.settle();
        self.rows.settle();
    }

    /// The step is undone.
    pub fn undo(&mut self) {
        self.profiles.undo();
        self.dues.undo();
        self.tasks.undo();
        self.shut.undo();
        self.tied.undo();
        self.learned.undo();
        self.arms.undo();
        self.forwards.undo();
        self.erased.undo();
        let changed: Vec<(String, String)> = self.rows.pending().map(|(place, _)| place.clone()).collect();
        self.rows.undo();
        for place in changed {
            if let Some(row) = self.rows.get(&place).cloned() {
                self.will_expire(&place.0, &place.1, &row);
            }
            let rows = self.tables.entry(place.0.clone()).or_default();
            let _ = match self.rows.get(&place) {
                Some(row) => rows.0.insert(place.1, row.clone()),
                None => rows.0.remove(&place.1),
            };
        }
    }
}

/// How long a bundle's tables of everyone keep a row that is not touched, where they say so.
fn expires(bundle: &Bundle) -> BTreeMap<String, Span> {
    let of_everyone = bundle.tables.values().filter(|table| table.is_of_everyone());
    of_everyone.filter_map(|table| Some((table.id.clone(), table.expires?))).collect()
}

/// Drops the subject's rows that were not touched for as long as their table keeps them.
pub fn drop_expired(bundle: &Bundle, profile: &mut Cow<'_, Profile>, now: Timestamp) {
    let expires = |id: &str| bundle.tables.get(id).and_then(|table| table.expires);
    let is_gone = |row: &Row, expires: Span| row.touched().plus(expires) <= now;
    let gone = profile.tables.iter().any(|(id, rows)| {
        expires(id).is_some_and(|expires| rows.0.values().any(|row| is_gone(row, expires)))
    });
    if !gone {
        return;
    }
    for (id, rows) in &mut profile.to_mut().tables {
        if let Some(expires) = expires(id) {
            rows.0.retain(|_, row| !is_gone(row, expires));
        }
    }
}

/// Takes what a data event says into its subject's profile, which stays borrowed if nothing changes: the event fills
/// nothing, its row has no key, or its source said something newer before.
pub fn take_in(bundle: &Bundle, event: &Event, profile: &mut Cow<'_, Profile>) {
    let declared = bundle.sources.get(&event.source).and_then(|source| source.events.get(&event.kind));
    let (source, instant) = (event.source.as_str(), event.instant());
    let is_news = |known: Option<&Timestamp>| known.is_none_or(|newest| instant >= *newest);
    let removes = declared.is_some_and(|declared| declared.removes);
    let is_own = |of: &Option<String>| of.as_ref() == event.subject.as_ref().map(|subject| &subject.kind);
    match declared.and_then(|declared| declared.into.as_ref()) {
        Some(Into::Who) if is_news(profile.who_instants.get(source)) && removes => {
            let _ = profile.to_mut().strip_who(source, instant, event.data.root());
            date(bundle, event, profile);
        }
        Some(Into::Who) if is_news(profile.who_instants.get(source)) => {
            let _ = profile.to_mut().merge_who(source, instant, event.data.root());
            date(bundle, event, profile);
        }
        Some(Into::Who) | None => {}
        Some(Into::Table(id)) => {
            let Some(table) = bundle.tables.get(id).filter(|table| is_own(&table.of)) else { return };
            let Some(key) = key::of_event(event, &table.key) else { return };
            let row = profile.tables.get(id).and_then(|rows| rows.0.get(key));
            let is_known = row.is_some();
            if is_news(row.and_then(|row| row.instants.get(source))) && (is_known || !removes) {
                let rows = profile.to_mut().tables.entry(id.clone()).or_default();
                if removes {
                    let _ = rows.remove(key, source, instant);
                    return;
                }
                let _ = rows.write(key, source, instant, event.data.root(), table.patch);
            }
        }
    }
}

/// Keeps when attributes were said, where profiles may have to be united.
fn date(bundle: &Bundle, event: &Event, profile: &mut Cow<'_, Profile>) {
    if bundle.links {
        profile.to_mut().date_who(event.instant(), event.data.root());
    }
}

/// Remembers the channel that an event of the subject came in on, if anything asks for it; an older instant does not
/// replace a newer one.
pub fn hear(bundle: &Bundle, event: &Event, profile: &mut Cow<'_, Profile>) {
    let Some(channel) = bundle.hears.then(|| bundle.channel_of(event)).flatten() else { return };
    let at = event.instant();
    if profile.heard.as_ref().is_none_or(|heard| at >= heard.at) {
        profile.to_mut().heard = Some(Heard { channel: channel.to_owned(), at });
    }
}

/// Remembers where an event says its subject is, and with which device, each if anything asks for it; an older instant
/// does not replace a newer one.
pub fn locate(bundle: &Bundle, event: &Event, profile: &mut Cow<'_, Profile>) {
    if event.surroundings.is_empty() {
        return;
    }
    let at = event.instant();
    let is_news = |known: &Option<Latest>, is_asked: bool| {
        is_asked && known.as_ref().is_none_or(|known| at >= known.at)
    };
    let latest = |facts: &Arc<Document>| Some(Latest { facts: Arc::clone(facts), at });
    let Surroundings { place, device } = &event.surroundings;
    if let Some(place) = place.as_ref().filter(|_| is_news(&profile.place, bundle.remembers.place)) {
        profile.to_mut().place = latest(place);
    }
    if let Some(device) = device.as_ref().filter(|_| is_news(&profile.device, bundle.remembers.device)) {
        profile.to_mut().device = latest(device);
    }
}
