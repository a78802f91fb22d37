//! Any sequence of batches, readings and openings gives what a map in memory gives.

use proptest::prelude::*;
use segue_store::{Batch, Opened};
use tempfile::tempdir;

use crate::support::{Values, open, values};

#[derive(Debug, Clone)]
enum Action {
    /// Keys with values, or none to remove; and how far the position goes on.
    Apply(Vec<(u8, Option<Vec<u8>>)>, u64),
    Read(u8),
    Scan(u8),
    BeginRewrite,
    /// So many bytes more.
    Rewrite(usize),
    Close,
    Drop,
}

fn action() -> impl Strategy<Value = Action> {
    let value = prop_oneof![
        1 => Just(None),
        4 => prop::collection::vec(any::<u8>(), 0..3_000).prop_map(Some),
        // Equal ones meet again.
        2 => Just(Some(vec![1; 100])),
    ];
    prop_oneof![
        10 => (prop::collection::vec((0..40u8, value), 0..12), 0..5u64).prop_map(|(a, b)| Action::Apply(a, b)),
        3 => any::<u8>().prop_map(Action::Read),
        1 => (0..5u8).prop_map(Action::Scan),
        2 => Just(Action::BeginRewrite),
        6 => (1..20_000usize).prop_map(Action::Rewrite),
        1 => Just(Action::Close),
        1 => Just(Action::Drop),
    ]
}

/// Keys of which some begin others.
fn key(number: u8) -> Vec<u8> {
    vec![b'0' + number % 4; usize::from(number) / 4]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_store_holds_what_a_map_would_hold(actions in prop::collection::vec(action(), 1..80)) {
        let root = tempdir().unwrap();
        let (mut store, _) = open(root.path()).unwrap();
        let (mut model, mut next) = (Values::new(), 0);
        for action in actions {
            match action {
                Action::Apply(changes, step) => {
                    let changes: Vec<_> = changes.into_iter().map(|(number, value)| (key(number), value)).collect();
                    let batch: Batch = changes.iter().cloned().collect();
                    store.apply(next, next + step, &batch).unwrap();
                    next += step;
                    for (key, value) in changes {
                        let _ = match value {
                            Some(value) => model.insert(key, value),
                            None => model.remove(&key),
                        };
                    }
                }
                Action::Read(number) => {
                    prop_assert_eq!(store.get(&key(number)).unwrap(), model.get(&key(number)).cloned());
                }
                Action::Scan(length) => {
                    let prefix = vec![b'1'; usize::from(length)];
                    let mut found = Vec::new();
                    store.scan(&prefix, &mut |key, value| found.push((key.to_vec(), value.to_vec()))).unwrap();
                    let wanted = model.iter().filter(|(key, _)| key.starts_with(&prefix));
                    let wanted: Vec<_> = wanted.map(|(key, value)| (key.clone(), value.clone())).collect();
                    prop_assert_eq!(found, wanted);
                }
                Action::BeginRewrite => {
                    let _ = store.begin_rewrite().unwrap();
                    prop_assert!(store.is_rewriting());
                }
                Action::Rewrite(bytes) => {
                    let has_ended = store.rewrite_some(bytes).unwrap();
                    prop_assert_eq!(store.is_rewriting(), !has_ended);
                }
                Action::Close | Action::Drop => {
                    if matches!(action, Action::Close) { store.close().unwrap() } else { drop(store) }
                    let opened;
                    (store, opened) = open(root.path()).unwrap();
                    prop_assert_eq!(opened, Opened::Resumed { next });
                }
            }
            prop_assert_eq!(store.values(), model.len() as u64);
        }
        prop_assert_eq!(values(&store), model);
    }
}
