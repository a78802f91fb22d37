//! What must be remembered of the past: all that the expressions and policies of a bundle ask for, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_expr::Template;
use segue_expr::past::{Need, Needs, Of};
use segue_model::Span;

use crate::bundle::{
    Absence, Action, Begins, Capped, Channel, Hold, Policy, PolicyKind, Rule, Signal, released_on,
};

/// The union of what everything asks for.
pub(crate) fn of(
    rules: &BTreeMap<String, Arc<Rule>>,
    signals: &BTreeMap<String, Arc<Signal>>,
    actions: &BTreeMap<String, Action>,
    channels: &BTreeMap<String, Channel>,
    policies: &BTreeMap<String, Policy>,
) -> Needs {
    let of_rules = rules.values().flat_map(|rule| {
        let at = match &rule.begins {
            Begins::Moment(condition) => Some(condition),
            Begins::Each(each) => Some(&each.condition),
            Begins::Event | Begins::Absence(_) => None,
        };
        rule.when.iter().chain(at)
    });
    let of_signals = signals.values().flat_map(|signal| {
        let data = signal.data.iter().flatten().map(|(_, expression)| expression);
        let subject = signal.subject.iter().map(|(_, id)| id);
        signal.when.iter().chain(data).chain(subject)
    });
    let of_actions = actions.values().flat_map(|action| {
        let priority = &action.priority;
        let conditions = [&action.eligible, &action.applicable, &action.suitable];
        let hold = match &action.hold {
            Some(Hold::Expression(hold)) => Some(&**hold),
            Some(Hold::Span(_)) | None => None,
        };
        priority.expressions().chain(conditions.into_iter().flatten()).chain(hold)
    });
    let of_channels = channels.values().flat_map(|channel| {
        let unless = channel.quiet.as_ref().and_then(|quiet| quiet.unless.as_ref());
        channel.address.iter().chain(&channel.consent).chain(&channel.weight).chain(unless)
    });
    let of_policies = policies.values().filter_map(|policy| policy.unless.as_ref());
    let texts = actions.values().flat_map(|action| {
        let question = action.ask.iter().map(|ask| &ask.question);
        let texts = action.how.iter().chain(&action.tone).chain([&action.what]);
        let texts = texts.chain(&action.assignee).chain(question);
        texts.flat_map(Template::expressions)
    });
    let mut needs = Needs::default();
    for expression in
        of_rules.chain(of_signals).chain(of_actions).chain(of_policies).chain(of_channels).chain(texts)
    {
        expression.needs().iter().for_each(|need| needs.add(need));
    }
    for rule in rules.values() {
        if let Begins::Absence(absence) = &rule.begins {
            absence.unless.iter().for_each(|kind| needs.add(&of_absence(absence, kind)));
        }
    }
    for policy in policies.values() {
        match &policy.kind {
            PolicyKind::Cap(cap) => {
                if let Capped::Channel(channel) = &cap.of {
                    needs.add_released(&released_on(channel), cap.per);
                    continue;
                }
                cap.actions.iter().for_each(|action| needs.add_released(action, cap.per));
            }
            PolicyKind::Suppress(suppress) => {
                // The first of them may be so long before the last, after which it lasts.
                let window = Span(suppress.within.0.saturating_add(suppress.lasts.0));
                let names = suppress.names.values().flatten();
                names.for_each(|name| needs.add_outcomes(name, window));
            }
            PolicyKind::Choose(_) | PolicyKind::Control(_) => {}
        }
    }
    needs
}

/// What ends a wait may have come before what begins it, where the log has them in another order than their instants.
fn of_absence(absence: &Absence, kind: &str) -> Need {
    Need {
        name: kind.to_owned(),
        of: Of::Events,
        fields: absence.same.iter().filter(|path| path[0] == "data").cloned().collect(),
        window: Some(absence.within),
        same: Vec::new(),
        sum: None,
        latest: false,
    }
}
