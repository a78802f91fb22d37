//! Whether a comparison can hold, or always does, of the values that are admitted.

use std::cmp::Ordering;

use segue_expr::{Comparison, Operator};
use segue_schema::{Domain, Limit, LimitKind};
use segue_value::{Value, operator};

use super::Admitted;

/// The limit by which no admitted value passes; `None` if one may.
pub(super) fn never<'a, 'd>(
    comparison: &Comparison,
    admitted: &'a [Admitted<'d>],
) -> Option<(&'a Admitted<'d>, &'a Limit)> {
    let limit = |one: &'a Admitted<'d>| {
        let limit = one.domain.limits.iter().find(|limit| is_impossible(comparison, &limit.kind))?;
        Some((one, limit))
    };
    let limits: Option<Vec<_>> = admitted.iter().map(limit).collect();
    limits?.into_iter().next()
}

/// True if there always is a value, and it always passes.
pub(super) fn is_certain(comparison: &Comparison, domain: &Domain) -> bool {
    let is_enough = |limit: &Limit| {
        let constant = match (&limit.kind, comparison.constants.as_slice()) {
            (LimitKind::OneOf(values), _) => return values.iter().all(|value| comparison.admits(value)),
            (LimitKind::Of(_), constants) => {
                let never = |one: &Value<'_>| is_plain(one) && !limit.kind.is_of(one);
                return comparison.operator == Operator::NoneOf && constants.iter().all(never);
            }
            (_, [constant]) if domain.is_number => constant,
            _ => return false,
        };
        let above = |limit: &Value<'_>, is_open: bool| match comparison.operator {
            Operator::Greater => is_greater(limit, constant) || (is_open && is_equal(limit, constant)),
            Operator::AtLeast => is_greater(limit, constant) || is_equal(limit, constant),
            _ => false,
        };
        let below = |limit: &Value<'_>, is_open: bool| match comparison.operator {
            Operator::Less => is_greater(constant, limit) || (is_open && is_equal(limit, constant)),
            Operator::AtMost => is_greater(constant, limit) || is_equal(limit, constant),
            _ => false,
        };
        match &limit.kind {
            LimitKind::AtLeast(low) => above(low, false),
            LimitKind::Above(low) => above(low, true),
            LimitKind::AtMost(high) => below(high, false),
            LimitKind::Below(high) => below(high, true),
            LimitKind::OneOf(_) | LimitKind::Of(_) => false,
        }
    };
    domain.is_required && domain.limits.iter().any(is_enough)
}

/// True if no value within the limit passes.
fn is_impossible(comparison: &Comparison, limit: &LimitKind) -> bool {
    // Of a timestamp or a duration, a schema says nothing that is compared with it.
    if !comparison.constants.iter().all(is_plain) {
        return false;
    }
    let outside = |constant: &Value<'_>| match limit {
        LimitKind::OneOf(_) | LimitKind::Of(_) => false,
        LimitKind::AtLeast(low) => is_greater(low, constant),
        LimitKind::Above(low) => is_greater(low, constant) || is_equal(low, constant),
        LimitKind::AtMost(high) => is_greater(constant, high),
        LimitKind::Below(high) => is_greater(constant, high) || is_equal(constant, high),
    };
    match (limit, comparison.operator, comparison.constants.as_slice()) {
        (LimitKind::Of(_), Operator::OneOf, constants) => {
            !constants.is_empty() && constants.iter().all(|one| !limit.is_of(one))
        }
        (LimitKind::Of(_), _, _) => false,
        (LimitKind::OneOf(values), _, _) => !values.iter().any(|value| comparison.admits(value)),
        (_, Operator::OneOf, constants) => constants.iter().all(|one| is_number(one) && outside(one)),
        (_, Operator::NoneOf, _) => false,
        (LimitKind::AtLeast(low), Operator::Less, [constant]) => {
            is_greater(low, constant) || is_equal(low, constant)
        }
        (LimitKind::AtMost(high), Operator::Greater, [constant]) => {
            is_greater(constant, high) || is_equal(high, constant)
        }
        (LimitKind::AtLeast(_) | LimitKind::Above(_), Operator::Less | Operator::AtMost, [constant])
        | (LimitKind::AtMost(_) | LimitKind::Below(_), Operator::Greater | Operator::AtLeast, [constant]) => {
            outside(constant)
        }
        _ => false,
    }
}

/// True for what JSON has and is no list or object.
fn is_plain(value: &Value<'_>) -> bool {
    value.is_null() || value.as_bool().is_some() || value.as_text().is_some() || is_number(value)
}

fn is_number(value: &Value<'_>) -> bool {
    value.as_number().is_some()
}

fn is_greater(a: &Value<'_>, b: &Value<'_>) -> bool {
    is_number(a) && operator::compare(a, b) == Ok(Ordering::Greater)
}

fn is_equal(a: &Value<'_>, b: &Value<'_>) -> bool {
    operator::equals(a, b)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn comparison(operator: Operator, constants: &[i64]) -> Comparison {
        let constants = constants.iter().map(|constant| Value::Int(*constant)).collect();
        Comparison { path: Vec::new(), root: segue_expr::Root::Name, operator, constants, place: (0, 0) }
    }

    /// Asks all whole numbers near the limits instead.
    fn of_all(comparison: &Comparison, admits: impl Fn(i64) -> bool) -> (bool, bool) {
        let values = || (-10..30).filter(|value| admits(*value));
        let passes = |value: i64| comparison.admits(&Value::Int(value));
        (!values().any(passes), values().all(passes))
    }

    #[test]
    fn never_and_always_agree_with_asking_every_value() {
        type Admits = fn(i64) -> bool;
        // Whole numbers only would tell `> 4` and `>= 5` from each other, which the limits of doubles do not.
        let limits: [(LimitKind, Admits); 5] = [
            (LimitKind::AtLeast(Value::Int(5)), |value| value >= 5),
            (LimitKind::AtMost(Value::Int(5)), |value| value <= 5),
            (LimitKind::Above(Value::Double(4.5)), |value| value >= 5),
            (LimitKind::Below(Value::Double(5.5)), |value| value <= 5),
            (LimitKind::OneOf(vec![Value::Int(5), Value::Double(7.0)]), |value| value == 5 || value == 7),
        ];
        let operators = [
            Operator::OneOf,
            Operator::NoneOf,
            Operator::Less,
            Operator::AtMost,
            Operator::Greater,
            Operator::AtLeast,
        ];
        let mut certain = 0;
        for (kind, admits) in limits {
            for (operator, constant) in operators.into_iter().flat_map(|one| (3..9).map(move |at| (one, at)))
            {
                let comparison = comparison(operator, &[constant]);
                let limits = vec![Limit { kind: kind.clone(), at: 0..0 }];
                let domain = Domain { limits, is_number: true, is_required: true };
                let is_always = is_certain(&comparison, &domain);
                let one = [Admitted { domain: Cow::Borrowed(&domain), file: None }];
                let is_never = never(&comparison, &one).is_some();
                let (all_fail, all_pass) = of_all(&comparison, admits);
                assert!(!is_never || all_fail, "{kind:?} {operator:?} {constant}");
                assert!(!is_always || all_pass, "{kind:?} {operator:?} {constant}");
                certain += usize::from(is_never) + usize::from(is_always);
            }
        }
        assert!(certain > 50, "{certain}");
    }

    #[test]
    fn what_need_not_be_there_is_never_certain() {
        let limits = vec![Limit { kind: LimitKind::AtLeast(Value::Int(5)), at: 0..0 }];
        let mut domain = Domain { limits, is_number: true, is_required: true };
        let greater = comparison(Operator::Greater, &[1]);
        assert!(is_certain(&greater, &domain));
        domain.is_required = false;
        assert!(!is_certain(&greater, &domain));
        (domain.is_required, domain.is_number) = (true, false);
        assert!(!is_certain(&greater, &domain));
    }
}
