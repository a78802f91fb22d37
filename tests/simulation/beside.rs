//! Bundles that are told to decide beside the one that counts, in the middle of a schedule: alike, otherwise, and such that
//! cannot be used.

use segue_log::{Append, Place};
use segue_model::Timestamp;
use segue_wire::command::{Command, Says};
use segue_wire::log_record;
use segue_wire::topics::{BUNDLES, SHARED};

use crate::world::World;

/// What the bundle that decides otherwise has in the place of what the others have.
const OTHERWISE: [(&str, &str); 3] =
    [("at_most: 1,", "at_most: 2,"), ("within: 24h", "within: 20h"), ("per: 1h", "per: 3h")];

/// The same bundle, with other limits and times.
pub(crate) fn otherwise(texts: &[(String, String)]) -> Vec<(String, String)> {
    let mut files = texts.to_vec();
    for (_, text) in files.iter_mut().filter(|(path, _)| path.ends_with(".yaml")) {
        *text = OTHERWISE.iter().fold(text.clone(), |text, (is, becomes)| text.replace(is, becomes));
    }
    assert!(files != texts, "INVALID: nothing of it is in the bundle");
    files.sort();
    files
}

/// Lets a bundle decide beside, now and then one that is not there; or ends it.
pub(crate) fn cast(world: &mut World) {
    let variants = world.variants.clone();
    let (says, parts) = match world.seeded.below(6) {
        0 => (Says::Shadow(None), Vec::new()),
        1 => (Says::Shadow(Some("missing".to_owned())), Vec::new()),
        2 => {
            let (digest, files) = variants.file(1);
            (Says::Shadow(Some(digest.clone())), segue_wire::bundles::parts(&digest, files).unwrap())
        }
        _ => {
            let (digest, files) = variants.other();
            (Says::Shadow(Some(digest.clone())), segue_wire::bundles::parts(&digest, files).unwrap())
        }
    };
    let append = |topic: &str, key: Option<String>, value| Append {
        topic: topic.into(),
        place: Place::Partition(0),
        key: key.map(String::into_bytes),
        value: Some(value),
        headers: Vec::new(),
    };
    let parts = parts.into_iter().map(|(key, value)| append(BUNDLES, Some(key), value));
    let _ = world.log.append(parts.collect()).unwrap();
    let command = Command { given_at: Timestamp(world.hand.now().0), says, origin: None };
    let command = append(SHARED, None, log_record::encode_command(&command).into_bytes());
    let _ = world.log.append(vec![command]).unwrap();
    world.faults.cast[0] += 1;
}
