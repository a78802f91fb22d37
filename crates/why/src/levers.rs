//! From what conditions said to what single changes could have turned them. Whether one does is found out by trying it.

use segue_bundle::bundle::{Capped, Into, PolicyKind};
use segue_decide::Asked;
use segue_document::{Document, Kind};
use segue_expr::Expression;
use segue_expr::claims::{Claim, Fact, Past, Says, Term};

use crate::alter::{Alteration, Kept};
use crate::change::Change;
use crate::names::{MASKED, Names, shown};
use crate::words::{flipped, opposite};

/// The most changes that one question is tried with.
pub(crate) const LEVERS_MAX: usize = 12;
/// The most events that are thought to have come, or not to have come.
const EVENTS_MAX: i64 = 10;
/// How many constants of a list are tried.
const CONSTANTS_MAX: usize = 2;

/// Gathers changes, each once.
#[derive(Debug)]
pub(crate) struct Levers<'n> {
    pub(crate) names: Names<'n>,
    /// True if the record that was taken is the very event that was decided on.
    pub(crate) is_own_event: bool,
    /// True if a record was taken: what goes back to it is its cause.
    pub(crate) has_record: bool,
    /// What the data of the event fill, where it is a data event.
    pub(crate) fills: Option<&'n Into>,
    pub(crate) all: Vec<Change>,
}

impl Levers<'_> {
    /// Adds what could turn a condition into `truth`.
    pub(crate) fn add_condition(&mut self, asked: &Asked, truth: bool) {
        let whole = self.names.condition(asked).map_or("", Expression::source).to_owned();
        for clause in &asked.clauses {
            let source = whole.get(clause.place.clone()).unwrap_or(&whole);
            if (clause.truth == Some(true)) == truth {
                continue;
            }
            for claim in clause
                .claims
                .iter()
                .filter(|claim| self.names.may_tell(claim, source))
                .cloned()
                .collect::<Vec<_>>()
                .iter()
            {
                let is_met = claim.truth == Some(claim.wanted);
                if is_met != truth {
                    self.add_claim(claim, claim.wanted == truth);
                }
            }
        }
    }

    /// Adds what could have let a channel be taken: that the person had agreed, or could be reached there. Of what is
    /// computed, no single fact is known.
    pub(crate) fn add_channels(&mut self, by: &str, action: &str) {
        let bundle = self.names.bundle;
        let named = bundle.actions.get(action).map(|action| &action.channels[..]).unwrap_or_default();
        for channel in named.iter().filter_map(|id| bundle.channels.get(id)) {
            let (asked, value, words) = match by {
                "consent" => (&channel.consent, "true", "were true"),
                "address" => (&channel.address, "\"known\"", "were known"),
                _ => return,
            };
            let Some(path) = asked.as_ref().and_then(|asked| asked.plain_path()) else { continue };
            let term = Term { fact: Fact::Path(path.to_vec()), json: None };
            self.set(&term, Some(value.to_owned()), words.to_owned());
        }
    }

    /// Adds what could have let a candidate pass the policy that turned it down.
    pub(crate) fn add_policy(&mut self, policy: &str, action: &str, detail: &str) {
        let Some(policy) = self.names.bundle.policies.get(policy) else { return };
        match &policy.kind {
            PolicyKind::Cap(cap) => {
                let last = detail.rsplit("; ").next().unwrap_or(detail);
                let digits: String = last.chars().take_while(char::is_ascii_digit).collect();
                let count: u64 = digits.parse().unwrap_or(cap.at_most);
                let fewer = (count + 1).saturating_sub(cap.at_most).max(1);
                let of = match &cap.of {
                    Capped::Action(action) => action.clone(),
                    Capped::Group(group) if fewer == 1 => format!("{group} task"),
                    Capped::Group(group) => format!("{group} tasks"),
                    #[allow(unreachable_patterns, reason = "caps may count by more than that one day")]
                    _ => "tasks".to_owned(),
                };
                let what = format!("{} had gone out within {}", fewer_of(fewer, &of), cap.per);
                self.add_fewer(Kept::Released, cap.actions.clone(), fewer, what, "released");
            }
            PolicyKind::Suppress(suppress) => {
                let Some(names) = suppress.names.get(action) else { return };
                let what = format!("there had been {}", fewer_of(1, &suppress.after));
                self.add_fewer(Kept::Outcomes, names.clone(), 1, what, "outcomes");
            }
            // A better candidate, or a group that is left alone, is no single fact.
            _ => {}
        }
    }

    fn add_fewer(&mut self, of: Kept, names: Vec<String>, count: u64, words: String, field: &str) {
        let field = format!("{field}({})", names.join(", "));
        let to = Some(format!("\"{count} fewer\""));
        let alteration = Alteration::Fewer(of, names, count);
        self.add(Change { field, was: None, to, is_private: false, words, alteration });
    }

    fn add(&mut self, change: Change) {
        let is_new = self.all.iter().all(|one| one.alteration != change.alteration);
        if is_new && self.all.len() < LEVERS_MAX {
            self.all.push(change);
        }
    }

    /// Adds what could make a claim `truth`.
    fn add_claim(&mut self, claim: &Claim, truth: bool) {
        match &claim.says {
            Says::Compares(left, sign, right) => {
                let sign = if truth { sign } else { opposite(sign) };
                self.add_compared(left, sign, right);
                self.add_compared(right, flipped(sign), left);
            }
            Says::OneOf(item, of) if truth => {
                for one in of.iter().take(CONSTANTS_MAX) {
                    self.set(item, Some(one.clone()), format!("were {}", shown(one)));
                }
            }
            Says::OneOf(item, of) => {
                let words = format!("were not {}", of.first().map(|one| shown(one)).unwrap_or_default());
                self.set(item, item.json.as_deref().and_then(other_than), words);
            }
            Says::In(item, list) => self.add_in(item, list, truth),
            Says::Has(fact) => {
                let term = Term { fact: fact.clone(), json: None };
                if truth {
                    self.set(&term, Some("\"known\"".to_owned()), "were known".to_owned());
                } else {
                    self.set(&term, None, "were missing".to_owned());
                }
            }
            Says::Holds(term) => self.set(term, Some(truth.to_string()), format!("were {truth}")),
            Says::Other => {}
        }
    }

    /// Adds what puts `left` where it compares so with `right`.
    fn add_compared(&mut self, left: &Term, sign: &str, right: &Term) {
        let Some(bound) = &right.json else { return };
        if let Fact::Past(past) = &left.fact {
            return self.add_count(past, left.json.as_deref(), sign, bound);
        }
        let by = |step: i64| number(bound, step);
        let (value, words) = match sign {
            "==" => (Some(bound.clone()), format!("were {}", shown(bound))),
            "!=" => (other_than(bound), format!("were not {}", shown(bound))),
            "<" => (by(-1), format!("were below {}", shown(bound))),
            ">" => (by(1), format!("were above {}", shown(bound))),
            "<=" => (Some(bound.clone()), format!("were at most {}", shown(bound))),
            _ => (Some(bound.clone()), format!("were at least {}", shown(bound))),
        };
        if value.is_none() {
            return;
        }
        if !self.names.is_private(&right.fact) {
            return self.set(left, value, words);
        }
        // What it would have to be is not told, in words or in numbers.
        let than = self.names.of(&right.fact);
        let words = match sign {
            "==" => format!("were the same as {than}"),
            "!=" => format!("were another than {than}"),
            "<" => format!("were below {than}"),
            ">" => format!("were above {than}"),
            "<=" => format!("were not above {than}"),
            _ => format!("were not below {than}"),
        };
        let shown = if self.names.is_unmasked { value.clone() } else { Some(format!("\"{MASKED}\"")) };
        self.set_shown(left, value, shown, words);
    }

    fn add_in(&mut self, item: &Term, list: &Term, truth: bool) {
        let (Some(item_json), Some(list_json)) = (&item.json, &list.json) else { return };
        let Ok(document) = Document::parse_own(list_json) else { return };
        let is_private = |term: &Term| self.names.is_private(&term.fact);
        let is_hidden = !self.names.is_unmasked && (is_private(item) || is_private(list));
        if document.root().kind() != Kind::Array || is_hidden {
            return;
        }
        let of = document.root().items().map(|one| one.raw().to_owned());
        let (items, words): (Vec<String>, String) = if truth {
            let words = format!("had {} too", shown(item_json));
            (of.chain([item_json.clone()]).collect(), words)
        } else {
            (of.filter(|one| one != item_json).collect(), format!("had no {}", shown(item_json)))
        };
        self.set(list, Some(format!("[{}]", items.join(","))), words);
    }

    /// Adds that so many events more or fewer had come.
    fn add_count(&mut self, past: &Past, was: Option<&str>, sign: &str, bound: &str) {
        let (Some(was), Some(bound)) = (was.and_then(whole), whole(bound)) else { return };
        let of = match past.name {
            "count" => Kept::Events,
            "released" => Kept::Released,
            "outcomes" => Kept::Outcomes,
            _ => return,
        };
        let to = match sign {
            ">" => bound + 1,
            "<" => bound - 1,
            "!=" => bound + 1,
            _ => bound,
        };
        let (difference, field) = (to - was, self.names.written(&Fact::Past(past.clone())));
        let within = past.window.map(|window| format!(" within {window}")).unwrap_or_default();
        let types = past.types.join(" or ").replace('/', " ");
        let (was_json, to_json) = (Some(was.to_string()), Some(to.to_string()));
        let mut with = |words, alteration| {
            let (was, to) = (was_json.clone(), to_json.clone());
            self.add(Change { field: field.clone(), was, to, is_private: false, words, alteration });
        };
        if (1..=EVENTS_MAX).contains(&difference) && of == Kept::Events {
            let words = format!("there had been {difference} more {types}{within}");
            with(words, Alteration::More(past.types[0].clone(), difference as u64));
        } else if (-EVENTS_MAX..0).contains(&difference) {
            let fewer = difference.unsigned_abs();
            let words = format!("there had been {}{within}", fewer_of(fewer, &types));
            with(words, Alteration::Fewer(of, past.types.clone(), fewer));
        }
    }

    /// Adds that a fact had been this, if it is one that could have been otherwise.
    fn set(&mut self, term: &Term, value: Option<String>, words: String) {
        self.set_shown(term, value.clone(), value, words);
    }

    /// The same, where another value is shown than is tried.
    fn set_shown(&mut self, term: &Term, value: Option<String>, shown: Option<String>, words: String) {
        for alteration in self.alterations(&term.fact, value.as_ref()) {
            let words = format!("{} {words}", self.names.of(&term.fact));
            let (field, was) = (self.names.written(&term.fact), self.names.json(term));
            let is_private = self.names.is_private(&term.fact);
            self.add(Change { field, was, to: shown.clone(), is_private, words, alteration });
        }
    }

    /// The ways in which a fact could have had that value. What a data event has just written comes of its data.
    fn alterations(&self, fact: &Fact, value: Option<&String>) -> Vec<Alteration> {
        let value = value.cloned();
        let of_data = |path: &[String]| Alteration::Data(path.to_vec(), value.clone());
        match fact {
            Fact::Path(path) => match &path[..] {
                [who, rest @ ..] if who == "who" && !rest.is_empty() => {
                    let data = matches!(self.fills, Some(Into::Who)).then(|| of_data(rest));
                    data.into_iter().chain([Alteration::Who(rest.to_vec(), value.clone())]).collect()
                }
                [event, data, rest @ ..] if data == "data" && !rest.is_empty() => {
                    let is_there = match event.as_str() {
                        "event" => self.is_own_event,
                        "cause" => self.has_record,
                        _ => false,
                    };
                    is_there.then(|| of_data(rest)).into_iter().collect()
                }
                _ => Vec::new(),
            },
            Fact::Row(table, Some(key), fields) if !fields.is_empty() => {
                let is_filled = matches!(self.fills, Some(Into::Table(filled)) if filled == table);
                let tables = &self.names.bundle.tables;
                let is_own = tables.get(table).is_some_and(|table| !table.is_of_everyone());
                let row = || Alteration::Row(table.clone(), key.clone(), fields.clone(), value.clone());
                is_filled.then(|| of_data(fields)).into_iter().chain(is_own.then(row)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn fewer_of(count: u64, what: &str) -> String {
    format!("{count} fewer {what}")
}

/// A number so much away from another, of the same form.
fn number(json: &str, step: i64) -> Option<String> {
    let document = Document::parse_own(json).ok()?;
    if document.root().kind() != Kind::Number {
        return None;
    }
    match document.root().as_i64().filter(|_| !json.contains(['.', 'e', 'E'])) {
        Some(number) => number.checked_add(step).map(|number| number.to_string()),
        None => {
            // A little, since what is no whole number often lies between 0 and 1.
            let moved = (document.root().as_f64()? * 100.0 + step as f64).round() / 100.0;
            Some(if moved.fract() == 0.0 { format!("{moved:.1}") } else { moved.to_string() })
        }
    }
}

fn whole(json: &str) -> Option<i64> {
    let number = Document::parse_own(json).ok()?.root().as_f64()?;
    (number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i64)
}

/// Some value of the same type that is another.
fn other_than(json: &str) -> Option<String> {
    let document = Document::parse_own(json).ok()?;
    match document.root().kind() {
        Kind::Bool => document.root().as_bool().map(|truth| (!truth).to_string()),
        Kind::Number => number(json, 1),
        Kind::String => Some("\"another\"".to_owned()),
        _ => None,
    }
}
