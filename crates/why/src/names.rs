//! Facts as people name them, and values as they are shown.

use segue_bundle::Bundle;
use segue_decide::{Asked, AskedKind};
use segue_document::{Document, Kind, Value, Writer};
use segue_expr::Expression;
use segue_expr::claims::{Claim, Fact, Past, Says, Term};
use segue_model::Span;

/// The longest value that is shown, in characters.
const SHOWN_MAX: usize = 60;
/// What stands for a value that is not shown.
pub(crate) const MASKED: &str = "(private)";
/// What a score is the product of, as decisions name it.
pub(crate) const PRIORITY_FACTORS: [&str; 4] = ["propensity", "context", "value", "lever"];

/// What is shown, and of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'b> {
    pub(crate) bundle: &'b Bundle,
    /// The kind of subject that is spoken of.
    pub(crate) kind: &'b str,
    /// True if private values are shown.
    pub(crate) is_unmasked: bool,
}

impl Names<'_> {
    /// A fact, as the subject of a sentence: `the person's tier`.
    pub(crate) fn of(&self, fact: &Fact) -> String {
        match fact {
            Fact::Constant | Fact::Computed => "the result".to_owned(),
            Fact::Path(path) => self.path(path),
            Fact::Row(table, key, fields) => {
                let row = match key {
                    Some(key) => format!("row {key} of {table}"),
                    None => format!("a row of {table}"),
                };
                match &fields[..] {
                    [] if key.is_some() => format!("the {row}"),
                    [] => row,
                    fields => format!("the {} of {row}", fields.join(".")),
                }
            }
            Fact::Past(past) => phrase(past),
        }
    }

    fn path(&self, path: &[String]) -> String {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match &names[..] {
            ["who"] => format!("what is known of the {}", self.kind),
            ["who", rest @ ..] => format!("the {}'s {}", self.kind, rest.join(".")),
            ["event", "data", rest @ ..] if !rest.is_empty() => format!("the event's {}", rest.join(".")),
            ["event", rest @ ..] if !rest.is_empty() => format!("the event's {}", rest.join(".")),
            ["cause", "data", rest @ ..] if !rest.is_empty() => {
                format!("the {} of the event that began it", rest.join("."))
            }
            ["cause", rest @ ..] if !rest.is_empty() => {
                format!("the {} of the event that began it", rest.join("."))
            }
            ["local", rest @ ..] if !rest.is_empty() => {
                format!("the {} on the {}'s own clock", rest.join("."), self.kind)
            }
            ["now"] => "the time of the decision".to_owned(),
            ["action", rest @ ..] if !rest.is_empty() => format!("the action's {}", rest.join(".")),
            names => names.join("."),
        }
    }

    /// True if a value may not be shown.
    pub(crate) fn is_private(&self, fact: &Fact) -> bool {
        let path: Vec<String> = match fact {
            Fact::Path(path) if path[0] == "cause" => {
                std::iter::once("event".to_owned()).chain(path[1..].iter().cloned()).collect()
            }
            Fact::Path(path) => path.clone(),
            Fact::Row(table, _, fields) => {
                [table.clone(), "[]".to_owned()].into_iter().chain(fields.iter().cloned()).collect()
            }
            Fact::Past(past) => {
                let path = past.path.iter().flatten().chain(&past.fields);
                std::iter::once("event".to_owned()).chain(path.cloned()).collect()
            }
            Fact::Constant | Fact::Computed => return false,
        };
        // A count of events shows nothing of what is in them; the last one, named whole, shows all of it.
        if matches!(fact, Fact::Past(past) if past.name != "last") && path.len() < 2 {
            return false;
        }
        self.bundle.private.iter().any(|one| path.starts_with(one) || one.starts_with(&path))
    }

    /// True if it may be told what a claim of a condition, which is written so, goes by. Where something private is read,
    /// only what is named in the very words of the condition can be masked: what is computed, or found under a computed
    /// key, could tell it.
    pub(crate) fn may_tell(&self, claim: &Claim, source: &str) -> bool {
        if self.is_unmasked || !self.names_private(source) {
            return true;
        }
        let is_written = |fact: &Fact| match fact {
            Fact::Constant | Fact::Past(_) => true,
            Fact::Path(path) => path.iter().all(|name| source.contains(name.as_str())),
            Fact::Row(_, key, fields) => key.iter().chain(fields).all(|name| source.contains(name.as_str())),
            Fact::Computed => false,
        };
        let is_whole = |term: &Term| is_written(&term.fact);
        claim.reads.is_empty()
            && match &claim.says {
                Says::Compares(left, _, right) | Says::In(left, right) => is_whole(left) && is_whole(right),
                Says::OneOf(term, _) | Says::Holds(term) => is_whole(term),
                Says::Has(fact) => is_written(fact),
                Says::Other => true,
            }
    }

    /// The priority of a candidate. A factor that is computed from something private is masked, and with it the score, from
    /// which it could be computed.
    pub(crate) fn priority(&self, action: &str, priority: Value<'_>) -> String {
        let formula = self.bundle.actions.get(action).map(|action| &action.priority);
        let is_hidden = |factor: &str| {
            let source = formula.and_then(|formula| formula.expression(factor)).map(Expression::source);
            !self.is_unmasked && source.is_some_and(|source| self.names_private(source))
        };
        let hidden: Vec<&str> = PRIORITY_FACTORS.into_iter().filter(|factor| is_hidden(factor)).collect();
        let mut writer = Writer::new();
        let _ = writer.begin_object();
        for (name, value) in priority.members() {
            let is_score = name == "score" && !hidden.is_empty();
            let _ = match is_score || hidden.contains(&name) {
                true => writer.key(name).string(MASKED),
                false => writer.key(name).raw(value.raw()),
            };
        }
        let _ = writer.end_object();
        writer.finish()
    }

    /// True if a text may name something private: by the last of its names.
    fn names_private(&self, source: &str) -> bool {
        let last = |path: &Vec<String>| path.iter().rev().find(|name| *name != "[]").cloned();
        // Distances are made of coordinates without naming them.
        let measures = ["distance_km", "speed_kmh"].iter().any(|function| source.contains(function));
        let is_named =
            |name: String| source.contains(name.as_str()) || measures && (name == "lat" || name == "lon");
        self.bundle.private.iter().filter_map(last).any(is_named)
    }

    /// The condition that was asked.
    pub(crate) fn condition(&self, asked: &Asked) -> Option<&Expression> {
        let action = || self.bundle.actions.get(&asked.id);
        match asked.kind {
            AskedKind::Rule => self.bundle.rules.get(&asked.id)?.when.as_ref(),
            AskedKind::Signal => self.bundle.signals.get(&asked.id)?.when.as_ref(),
            AskedKind::Eligible => action()?.eligible.as_ref(),
            AskedKind::Applicable => action()?.applicable.as_ref(),
            AskedKind::Suitable => action()?.suitable.as_ref(),
        }
    }

    /// The value of a term, as it is shown; `None`: it has none.
    pub(crate) fn value(&self, term: &Term) -> Option<String> {
        let json = term.json.as_ref()?;
        let is_hidden = !self.is_unmasked && self.is_private(&term.fact);
        Some(if is_hidden { MASKED.to_owned() } else { shown(json) })
    }

    /// The value of a term as JSON; masked as a text.
    pub(crate) fn json(&self, term: &Term) -> Option<String> {
        let json = term.json.as_ref()?;
        let is_hidden = !self.is_unmasked && self.is_private(&term.fact);
        Some(if is_hidden { format!("\"{MASKED}\"") } else { json.clone() })
    }

    /// A fact as expressions write it.
    pub(crate) fn written(&self, fact: &Fact) -> String {
        match fact {
            Fact::Constant | Fact::Computed => String::new(),
            Fact::Path(path) => path.join("."),
            Fact::Row(table, key, fields) => {
                let key = key.as_ref().map_or_else(|| "[]".to_owned(), |key| format!("['{key}']"));
                let names: String = fields.iter().map(|name| format!(".{name}")).collect();
                format!("{table}{key}{names}")
            }
            Fact::Past(past) => written_past(past),
        }
    }
}

fn written_past(past: &Past) -> String {
    let types: Vec<String> = past.types.iter().map(|kind| format!("'{kind}'")).collect();
    let types = if types.len() == 1 { types[0].clone() } else { format!("[{}]", types.join(", ")) };
    let path = past.path.as_ref().map(|path| format!("'{}'", path.join(".")));
    let window = past.window.map(|window| format!("'{window}'"));
    let arguments: Vec<String> = [Some(types), path, window].into_iter().flatten().collect();
    let fields: String = past.fields.iter().map(|name| format!(".{name}")).collect();
    format!("{}({}){fields}", past.name, arguments.join(", "))
}

/// ` within 24h`, and of what it counts.
fn within(past: &Past) -> String {
    let same = if past.is_same { " for the same matter" } else { "" };
    match past.window {
        Some(window) => format!("{same} within {window}"),
        None => same.to_owned(),
    }
}

fn phrase(past: &Past) -> String {
    let types = past.types.join(" or ");
    let path = past.path.as_ref().map(|path| path[usize::from(path.len() > 1)..].join("."));
    let path = path.unwrap_or_default();
    let within = within(past);
    let fields = past.fields.join(".");
    let fields = fields.strip_prefix("data.").unwrap_or(&fields);
    match past.name {
        "count" => format!("the number of {types}{within}"),
        "released" => format!("the number of {types} tasks that went out{within}"),
        "outcomes" => match types.split_once('/') {
            Some((action, outcome)) => format!("how often {action} was {outcome}{within}"),
            None => format!("how often {types} was said{within}"),
        },
        "sum" => format!("the sum of {path} over {types}{within}"),
        "min" => format!("the least {path} of {types}{within}"),
        "max" => format!("the greatest {path} of {types}{within}"),
        "avg" => format!("the average {path} of {types}{within}"),
        "distinct" => format!("the number of different {path} in {types}{within}"),
        "since" => format!("the time since the last {types}{within}"),
        _ if fields.is_empty() => format!("the last {types}{within}"),
        _ => format!("the {fields} of the last {types}{within}"),
    }
}

/// JSON as it is read aloud: a text without its quotes, what is long cut short.
pub(crate) fn shown(json: &str) -> String {
    let text = match Document::parse_own(json) {
        Ok(document) => match document.root().kind() {
            Kind::String => span(document.root().as_str().unwrap_or_default()),
            Kind::Null => "nothing".to_owned(),
            Kind::Object if document.root().is_empty() => "empty".to_owned(),
            // What is in it stands where its fields are asked for.
            Kind::Object => "there".to_owned(),
            Kind::Array if document.root().is_empty() => "empty".to_owned(),
            Kind::Array => listed(document.root().items().map(|item| shown(item.raw())), "and"),
            _ => json.strip_suffix(".0").unwrap_or(json).to_owned(),
        },
        Err(_) => json.to_owned(),
    };
    let text = if text.is_empty() { "empty".to_owned() } else { text };
    let visible: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    match visible.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &visible[..end]),
        None => visible,
    }
}

/// A duration as JSON has it, `5400s`, as bundles write it: `1h30m`. Any other text as it is.
fn span(text: &str) -> String {
    let seconds = text.strip_suffix('s').and_then(|digits| digits.parse::<i64>().ok());
    match seconds.and_then(|seconds| seconds.checked_mul(1_000)) {
        Some(millis) => Span(millis).to_string(),
        None => text.to_owned(),
    }
}

/// `a, b or c`.
pub(crate) fn listed(items: impl IntoIterator<Item = String>, word: &str) -> String {
    let items: Vec<String> = items.into_iter().collect();
    match items.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}
