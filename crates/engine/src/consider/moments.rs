//! Moments: what rules compute from the context, anew whenever it changes.

use segue_bundle::bundle::{Begins, Rule};
use segue_decide::{Timer, scope};
use segue_model::{Moment, Timestamp};

use super::Run;

impl Run<'_> {
    /// Computes every moment anew. One that cannot be computed any more is given up; one that is past already when it
    /// becomes known never fires; one that is known and has not changed stays as it is.
    pub(super) fn renew_moments(&mut self) {
        let bundle = self.around.bundle;
        if bundle.moments.is_empty() && self.profile.agenda.moments.is_empty() {
            return;
        }
        let now = self.around.now;
        let computed: Vec<(&str, Option<Timestamp>)> = {
            let matter = self.matter(Some(Timer { id: "", kind: "moment" }), 0);
            let scope = scope(&matter);
            let of = |rule: &'_ Rule| match &rule.begins {
                Begins::Moment(at) => at.instant(&scope).ok(),
                _ => None,
            };
            let own = bundle.moments.iter().filter(|rule| rule.per == self.subject.kind);
            own.map(|rule| (rule.id.as_str(), of(rule))).collect()
        };
        let known = &self.profile.agenda.moments;
        let mut moments = known.clone();
        moments.retain(|rule, _| computed.iter().any(|(id, at)| id == rule && at.is_some()));
        for (rule, at) in computed {
            let Some(at) = at.filter(|at| known.get(rule).is_none_or(|moment| moment.at != *at)) else {
                continue;
            };
            let fired = known.get(rule).and_then(|moment| moment.fired);
            let is_over = at < now || fired == Some(at);
            let _ = moments.insert(rule.to_owned(), Moment { at, is_over, fired });
        }
        if moments != *known {
            self.agenda().moments = moments;
        }
    }

    /// The moment of a rule as it is now, if it can be computed.
    pub(super) fn moment(&self, rule: &Rule) -> Option<Timestamp> {
        let Begins::Moment(at) = &rule.begins else { return None };
        let matter = self.matter(Some(Timer { id: "", kind: "moment" }), 0);
        at.instant(&scope(&matter)).ok()
    }
}
