//! On which types of event an action is proposed, worked out once: a large bundle has many rules and many actions.

use std::collections::{BTreeMap, BTreeSet};

use crate::context::Context;
use crate::documents::event_type::Types;
use crate::documents::rule::Draft;
use crate::names::Known;

/// The types of event that the rules look at, by what they propose.
pub(crate) struct Proposed<'r> {
    by_action: BTreeMap<&'r str, BTreeSet<&'r str>>,
    /// Those of the rules of which it cannot be told what they propose; `None` if there is no such rule.
    by_any: Option<BTreeSet<&'r str>>,
    /// The kinds of subject for which each action is proposed.
    kinds: BTreeMap<&'r str, BTreeSet<&'r str>>,
    /// Those of the rules of which it cannot be told what they propose.
    kinds_of_any: BTreeSet<&'r str>,
    /// The actions that a rule proposes at a moment, on no event.
    at_moments: BTreeSet<&'r str>,
    /// The first rule that proposes an action on a type of event.
    rules: BTreeMap<(&'r str, &'r str), &'r str>,
}

impl<'r> Proposed<'r> {
    /// What these rules propose. A rule of which it cannot be told what it looks at may look at anything.
    pub(crate) fn of(known: &'r Known, rules: &'r [Draft<'_>]) -> Proposed<'r> {
        let mut proposed = Proposed {
            by_action: BTreeMap::new(),
            by_any: None,
            kinds: BTreeMap::new(),
            kinds_of_any: BTreeSet::new(),
            at_moments: BTreeSet::new(),
            rules: BTreeMap::new(),
        };
        for Draft { rule, is_moment, proposes_any, .. } in rules {
            let mut types: Vec<&str> = rule.on.iter().map(String::as_str).collect();
            if types.is_empty() && !is_moment {
                types = known.types.keys().map(String::as_str).collect();
            }
            if *proposes_any {
                proposed.by_any.get_or_insert_default().extend(&types);
                let _ = proposed.kinds_of_any.insert(&rule.per);
            }
            for action in &rule.propose {
                proposed.by_action.entry(action).or_default().extend(&types);
                let _ = proposed.kinds.entry(action).or_default().insert(&rule.per);
                if *is_moment {
                    let _ = proposed.at_moments.insert(action);
                }
                for kind in &types {
                    let _ = proposed.rules.entry((action, kind)).or_insert(&rule.id);
                }
            }
        }
        proposed
    }

    /// True if a rule proposes that action, as far as can be told.
    pub(crate) fn has(&self, action: &str) -> bool {
        self.by_any.is_some() || self.by_action.contains_key(action)
    }

    /// Where expressions of these actions stand.
    pub(crate) fn context<'c>(
        &self,
        known: &'c Known,
        actions: &[&str],
        types: &'c Types<'_>,
    ) -> Context<'c> {
        let (on, kinds) = (self.types(actions), self.kinds(actions));
        if on.is_empty() && actions.iter().any(|action| self.at_moments.contains(action)) {
            return known.context_of_moment(kinds, true, types);
        }
        known.context(on, kinds, true, types)
    }

    /// The kinds of subject for which one of these actions is proposed, as far as can be told.
    pub(crate) fn kinds(&self, actions: &[&str]) -> BTreeSet<String> {
        let any = self.kinds_of_any.iter().filter(|_| !actions.is_empty());
        let own = actions.iter().filter_map(|action| self.kinds.get(action)).flatten();
        any.chain(own).map(|kind| (*kind).to_owned()).collect()
    }

    /// The first rule that proposes the action on that type of event, if one does so by name.
    pub(crate) fn by(&self, action: &str, kind: &str) -> Option<&'r str> {
        self.rules.get(&(action, kind)).copied()
    }

    /// The types of event on which one of these actions is proposed, as far as can be told.
    pub(crate) fn types(&self, actions: &[&str]) -> Vec<&'r str> {
        let any = self.by_any.iter().filter(|_| !actions.is_empty());
        let own = actions.iter().filter_map(|action| self.by_action.get(action));
        let types: BTreeSet<&str> = any.chain(own).flatten().copied().collect();
        types.into_iter().collect()
    }
}
