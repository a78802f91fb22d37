//! What looks at a type of event, and which of it an event may concern, without asking each condition.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_expr::{Expression, Scope};
use segue_index::{Domains, Index, Scratch, Seen};

/// The rules or signals that look at one type of event, in the order of their ids, and an index of their conditions.
#[derive(Debug)]
pub struct Watchers<T> {
    items: Vec<Arc<T>>,
    index: Index,
}

/// Those of a bundle, by the types of event that they look at; `on` and `when` say which types these are, and what must
/// be true.
pub(crate) fn by_type<T>(
    items: &BTreeMap<String, Arc<T>>,
    on: impl Fn(&T) -> &[String],
    when: impl Fn(&T) -> Option<&Expression>,
) -> BTreeMap<String, Watchers<T>> {
    let mut by_type: BTreeMap<&str, Vec<Arc<T>>> = BTreeMap::new();
    for item in items.values() {
        for kind in on(item) {
            by_type.entry(kind).or_default().push(Arc::clone(item));
        }
    }
    // Where nothing is known to have to hold, no conjunction is given: it is always a survivor.
    let condition = |item: &Arc<T>| when(item).and_then(Expression::normal_form).unwrap_or_default();
    // What the tests of all types tell apart is looked up in one place, which stays in the processor's caches.
    let all: Vec<_> = items.values().map(condition).collect();
    let domains = Arc::new(Domains::of(&all));
    let watchers = |items: Vec<Arc<T>>| {
        let conditions: Vec<_> = items.iter().map(condition).collect();
        let is_exact = |at: usize| when(&items[at]).is_some_and(Expression::has_exact_form);
        let index = Index::within(&domains, &conditions, is_exact);
        Watchers { items, index }
    };
    by_type.into_iter().map(|(kind, items)| (kind.to_owned(), watchers(items))).collect()
}

impl<T> Watchers<T> {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|item| &**item)
    }

    /// Those whose condition may be true or an error in this scope: of all others it is false. Evaluated in full, they
    /// give what evaluating all of them would give.
    pub fn survivors<'w>(&'w self, scope: &Scope<'_>, scratch: &mut Scratch) -> impl Iterator<Item = &'w T> {
        self.judged(scope, scratch).map(|(item, _)| item)
    }

    /// As [`survivors`](Watchers::survivors), and of each whether its condition is known to be true, so that it need not
    /// be evaluated.
    pub fn judged<'w>(
        &'w self,
        scope: &Scope<'_>,
        scratch: &mut Scratch,
    ) -> impl Iterator<Item = (&'w T, bool)> {
        let seen = |slot| scope.slot(slot).map_or(Seen::Unknown, Seen::Value);
        self.index.judged(seen, scratch).map(|(at, is_true)| (&*self.items[at], is_true))
    }
}
