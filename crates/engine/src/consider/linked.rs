//! Two subjects that turned out to be one: what is known of both is put together, what is held for either is decided
//! again, and the link itself is an event like any other.

use std::borrow::Cow;

use segue_decide::Scratch;
use segue_model::{Event, Profile, Subject};

use super::{Around, Considered, Run, is_held};
use crate::known::drop_expired;
use crate::unite::unite as united;

/// Puts what is known of `other` to what is known of the subject.
pub(crate) fn unite(
    around: &Around<'_>,
    event: &Event,
    subject: &Subject,
    known: &Profile,
    other: &Profile,
    scratch: &mut Scratch,
) -> Considered {
    let mut profile: Cow<'_, Profile> = Cow::Owned(known.clone());
    united(profile.to_mut(), other);
    drop_expired(around.bundle, &mut profile, around.now);
    let mut run = Run::new(around, subject, profile, scratch);
    run.end_followed();
    run.step(event, event, 0);
    run.done.is_decided = run.has_decided;
    run.follow();
    run.release_those("linked", |task| is_held(&task.stage));
    run.follow();
    run.tell_decided(event);
    run.end()
}
