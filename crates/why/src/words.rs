//! Claims as sentences: what a fact was, and what it had to be.

use segue_expr::claims::{Claim, Fact, Says, Term};

use crate::names::{Names, listed, shown};

/// A claim as a sentence.
pub(crate) fn sentence(names: &Names<'_>, claim: &Claim, source: &str) -> String {
    let text = match &claim.says {
        Says::Compares(left, sign, right) => compared(names, claim, left, sign, right),
        Says::OneOf(item, of) => {
            let of = listed(of.iter().map(|one| shown(one)), "or");
            let needed = if claim.wanted { of } else { format!("anything but {of}") };
            was(names, claim, item, &needed, source)
        }
        Says::In(item, list) => {
            let of = side(names, list);
            let needed = if claim.wanted { format!("in {of}") } else { format!("not in {of}") };
            was(names, claim, item, &needed, source)
        }
        Says::Has(fact) => {
            let what = names.of(fact);
            if let Fact::Row(_, _, fields) = fact
                && fields.is_empty()
            {
                let word = |is_there| if is_there { "there" } else { "missing" };
                let is = word(claim.truth == Some(true));
                return capital(&match is_met(claim) {
                    true => format!("{what} was {is}"),
                    false => format!("{what} was {is}; it had to be {}", word(claim.wanted)),
                });
            }
            match (claim.truth, claim.wanted) {
                (Some(true), true) => format!("{what} was known"),
                (Some(true), false) => format!("{what} was known, and it had to be missing"),
                (_, true) => format!("{what} was missing"),
                (_, false) => format!("{what} was missing, as it had to be"),
            }
        }
        Says::Holds(term) => was(names, claim, term, if claim.wanted { "true" } else { "false" }, source),
        Says::Other => other(names, claim, source),
    };
    capital(&text)
}

fn is_met(claim: &Claim) -> bool {
    claim.truth == Some(claim.wanted)
}

fn compared(names: &Names<'_>, claim: &Claim, left: &Term, sign: &str, right: &Term) -> String {
    let sign = if claim.wanted { sign } else { opposite(sign) };
    // The fact comes first, whatever side it stands on.
    let (fact, sign, bound) = match (&left.fact, &right.fact) {
        (Fact::Constant, _) => (right, flipped(sign), left),
        _ => (left, sign, right),
    };
    let unit = bound_of(names, bound);
    let needed = match sign {
        "==" => unit,
        "!=" => format!("anything but {unit}"),
        "<" => format!("below {unit}"),
        "<=" => format!("at most {unit}"),
        ">" => format!("above {unit}"),
        _ => format!("at least {unit}"),
    };
    // What is compared with null is asked whether it is there.
    if bound.json.as_deref() == Some("null") {
        let is_there = fact.json.as_deref().is_some_and(|json| json != "null");
        let word = |is_there| if is_there { "there" } else { "missing" };
        let wanted =
            if is_met(claim) { String::new() } else { format!("; it had to be {}", word(!is_there)) };
        return format!("{} was {}{wanted}", names.of(&fact.fact), word(is_there));
    }
    was(names, claim, fact, &needed, "")
}

/// The other side of a comparison, with its value where it is no constant.
fn bound_of(names: &Names<'_>, bound: &Term) -> String {
    match (&bound.fact, names.value(bound)) {
        (Fact::Constant, Some(value)) => value,
        (Fact::Computed, Some(value)) => value,
        (fact, Some(value)) => format!("{} ({value})", names.of(fact)),
        (Fact::Constant | Fact::Computed, None) => "something that is not known".to_owned(),
        (fact, None) => format!("{} (not known)", names.of(fact)),
    }
}

fn side(names: &Names<'_>, term: &Term) -> String {
    match (&term.fact, names.value(term)) {
        (Fact::Constant | Fact::Computed, Some(value)) => value,
        (fact, Some(value)) => format!("{} ({value})", names.of(fact)),
        (fact, None) => names.of(fact),
    }
}

/// What a term was, and what it had to be.
fn was(names: &Names<'_>, claim: &Claim, term: &Term, needed: &str, source: &str) -> String {
    let what = match &term.fact {
        Fact::Computed | Fact::Constant if !source.is_empty() => format!("`{source}`"),
        Fact::Computed if !claim.reads.is_empty() => reckoned(names, claim),
        fact => names.of(fact),
    };
    match (names.value(term), is_met(claim)) {
        (None, _) => format!("{what} is not known; it had to be {needed}"),
        (Some(value), true) if value == needed => format!("{what} was {value}"),
        (Some(value), true) => format!("{what} was {value}, and it had to be {needed}"),
        (Some(value), false) => format!("{what} was {value}; it had to be {needed}"),
    }
}

/// `the result of the person's rent and the balance of row A of accounts`.
fn reckoned(names: &Names<'_>, claim: &Claim) -> String {
    let reads = claim.reads.iter().map(|read| side(names, read));
    format!("what comes of {}", listed(reads, "and"))
}

fn other(names: &Names<'_>, claim: &Claim, source: &str) -> String {
    let came = match claim.truth {
        // Its source has the `!` with it.
        Some(truth) => format!("was {}", truth == claim.wanted),
        None => "could not be told".to_owned(),
    };
    let mut text = format!("`{source}` {came}");
    let reads = claim.reads.iter().map(|read| {
        let value = names.value(read).unwrap_or_else(|| "not known".to_owned());
        format!("{} was {value}", names.of(&read.fact))
    });
    let reads: Vec<String> = reads.collect();
    if !reads.is_empty() {
        text = format!("{text}, where {}", listed(reads, "and"));
    }
    text
}

pub(crate) fn opposite(sign: &str) -> &'static str {
    match sign {
        "==" => "!=",
        "!=" => "==",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        _ => "<",
    }
}

pub(crate) fn flipped(sign: &str) -> &'static str {
    match sign {
        "==" => "==",
        "!=" => "!=",
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    }
}

/// A sentence begins with a capital letter, unless it begins with a name.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if ["the ", "a ", "how ", "what "].iter().any(|word| text.starts_with(word)) => {
            format!("{}{}", first.to_uppercase(), chars.as_str())
        }
        _ => text.to_owned(),
    }
}
