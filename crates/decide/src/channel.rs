//! Which channel a task goes on: of those that its action can be done on, the heaviest that the person can be reached on
//! now, then the first listed.
//!
//! Each is asked in turn: for an address, for consent, for a weight above 0, for room under `choose` (per channel) and under
//! its caps; then whether it is quiet. If none gets through, the candidate is turned down by what stopped the one that came
//! nearest; if all that got through are quiet, it waits for the first to open.
//!
//! How near one came: room under a policy was all that it lacked (4 for a cap, 3 for `choose`), consent (2), an address (1);
//! one that the weights rule out (0) was never meant. Of several that came as near, the first listed is named.

use segue_bundle::bundle::{Action, Channel};
use segue_expr::Scope;
use segue_model::{Candidate, Timestamp};

use crate::candidates::Ranked;
use crate::cap::{self, Taken};
use crate::choose;
use crate::decide::Matter;
use crate::hold::zone;
use crate::settle::Refused;

/// What a task is held by while the channels that would do are quiet.
pub const QUIET: &str = "quiet";
/// Where a decision settles it.
pub(crate) const STAGE: &str = "channel";

/// A channel that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen<'a> {
    pub(crate) id: &'a str,
    /// When it opens, of one that is quiet now.
    pub(crate) opens: Option<Timestamp>,
}

/// A channel that would do.
struct Fit<'a> {
    chosen: Chosen<'a>,
    weight: f64,
}

/// A channel that will not.
struct Unfit<'a> {
    id: &'a str,
    /// How near it came.
    near: u8,
    refused: Refused<'a>,
    /// True if it was an error, which is kept beside it.
    is_error: bool,
}

/// Chooses; `None` if the action names no channels. `settled` are the better candidates of the decision, of one that
/// asks `choose`. What goes wrong goes to the errors of the candidate.
///
/// # Errors
/// If none will do: the channel that came nearest, and what stopped it.
pub(crate) fn choose<'a>(
    matter: &Matter<'a>,
    ranked: &mut Ranked<'a>,
    settled: Option<&[Candidate<'_>]>,
    taken: &Taken<'_>,
    scope: &Scope<'_>,
) -> Result<Option<Chosen<'a>>, (&'a str, Refused<'a>)> {
    let (mut fit, mut unfit) = (Vec::<Fit<'a>>::new(), Vec::<Unfit<'a>>::new());
    for id in &ranked.action.channels {
        let Some(channel) = matter.bundle.channels.get(id) else { continue };
        let mut asking = Asking {
            matter,
            action: ranked.action,
            channel,
            settled,
            taken,
            scope,
            errors: &mut ranked.errors,
        };
        match asking.ask() {
            Ok(found) => fit.push(found),
            Err(found) => unfit.push(found),
        }
    }
    // Of equal weight, the first listed stays first.
    fit.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let open = fit.iter().find(|fit| fit.chosen.opens.is_none());
    if let Some(found) = open.or_else(|| fit.iter().min_by_key(|fit| fit.chosen.opens)) {
        return Ok(Some(found.chosen));
    }
    let reasons = unfit.iter().filter(|one| !one.is_error);
    let reasons: Vec<String> = reasons.map(|one| format!("{}: {}", one.id, one.refused.detail)).collect();
    let nearest = unfit.into_iter().reduce(|best, one| if one.near > best.near { one } else { best });
    match nearest {
        None => Ok(None),
        // What ended in an error is told with the errors.
        Some(Unfit { id, refused, .. }) if reasons.is_empty() => {
            Err((id, Refused { detail: "no channel is left".to_owned(), ..refused }))
        }
        Some(Unfit { id, refused, .. }) => Err((id, Refused { detail: reasons.join(", "), ..refused })),
    }
}

/// What is known when a channel is asked.
struct Asking<'s, 'a, 'c, 'e> {
    matter: &'s Matter<'a>,
    action: &'a Action,
    channel: &'a Channel,
    settled: Option<&'s [Candidate<'s>]>,
    taken: &'s Taken<'s>,
    scope: &'s Scope<'c>,
    errors: &'e mut Vec<String>,
}

impl<'a> Asking<'_, 'a, '_, '_> {
    fn ask(&mut self) -> Result<Fit<'a>, Unfit<'a>> {
        let Channel { id, address, consent, weight, .. } = self.channel;
        if let Some(address) = address {
            // That there is none is no error, however it is missing.
            match address.text(self.scope) {
                Ok(Some(_)) => {}
                Ok(None) => return Err(self.unfit(1, "address", "no address")),
                Err(error) => return Err(self.unfit(1, "address", &format!("no address, {error}"))),
            }
        }
        match consent.as_ref().map(|consent| consent.truth(self.scope)) {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => return Err(self.unfit(2, "consent", "no consent")),
            Some(Err(error)) => return Err(self.erred(2, "consent", &error.to_string())),
        }
        let weight = match weight.as_ref().map(|weight| weight.number(self.scope)) {
            None => 1.0,
            Some(Ok(weight)) if weight > 0.0 => weight,
            // Not the number: it may tell what it was made of.
            Some(Ok(_)) => return Err(self.unfit(0, "weight", "weight not above 0")),
            Some(Err(error)) => return Err(self.erred(0, "weight", &error.to_string())),
        };
        let (matter, action) = (self.matter, self.action);
        let full = self
            .settled
            .and_then(|all| choose::full(matter.bundle, action, all, Some(id), self.scope, self.errors));
        if let Some(full) = full {
            return Err(self.full(3, "choose", full));
        }
        if let Some(full) = cap::full(matter, action, Some(id), self.taken, self.scope, self.errors) {
            return Err(self.full(4, "cap", full));
        }
        Ok(Fit { chosen: Chosen { id, opens: self.opens() }, weight })
    }

    /// When the channel opens, if it is quiet now.
    fn opens(&mut self) -> Option<Timestamp> {
        let quiet = self.channel.quiet.as_ref()?;
        let (now, zone) = (self.matter.now, zone(self.matter));
        if !quiet.hours.is_quiet(now, &zone) {
            return None;
        }
        let is_exempt = quiet.unless.as_ref().is_some_and(|unless| {
            unless.truth(self.scope).unwrap_or_else(|error| {
                self.errors.push(format!("{}: quiet: unless: {error}", self.channel.id));
                false
            })
        });
        (!is_exempt).then(|| quiet.hours.next_loud(now, &zone))
    }

    fn unfit(&self, near: u8, by: &'static str, detail: &str) -> Unfit<'a> {
        let refused = Refused { stage: STAGE, by, detail: detail.to_owned() };
        Unfit { id: &self.channel.id, near, refused, is_error: false }
    }

    fn erred(&mut self, near: u8, by: &'static str, error: &str) -> Unfit<'a> {
        self.errors.push(format!("{}: {by}: {error}", self.channel.id));
        Unfit { is_error: true, ..self.unfit(near, by, error) }
    }

    fn full(&self, near: u8, stage: &'static str, full: cap::Full<'a>) -> Unfit<'a> {
        let detail = format!("{} ({})", full.policy, full.detail);
        let refused = Refused { stage, by: full.policy, detail };
        Unfit { id: &self.channel.id, near, refused, is_error: false }
    }
}
