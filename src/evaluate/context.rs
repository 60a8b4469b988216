//! The context of a request, indexed by the keys that the compiled policies test

use std::collections::HashMap;
use std::sync::Arc;

use crate::iam::{Context, ContextKey, ContextValue};

/// A condition key in a program
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct KeyId(u32);

/// The condition keys that a program's policies mention, each once
#[derive(Debug, Clone, Default)]
pub(super) struct KeyTable {
    keys: Vec<ContextKey>,
    ids: HashMap<Arc<str>, KeyId>,
}

impl KeyTable {
    pub(super) fn intern(&mut self, key: &ContextKey) -> KeyId {
        if let Some(id) = self.ids.get(key.folded()) {
            return *id;
        }
        let id = KeyId(u32::try_from(self.keys.len()).unwrap_or(u32::MAX));
        self.ids.insert(key.folded().into(), id);
        self.keys.push(key.clone());
        id
    }

    pub(super) fn key(&self, id: KeyId) -> Option<&ContextKey> {
        self.keys.get(id.0 as usize)
    }

    pub(super) fn find(&self, folded: &str) -> Option<KeyId> {
        self.ids.get(folded).copied()
    }

    pub(super) fn bind(&self, context: &Context) -> BoundContext {
        if context.is_open() {
            return BoundContext { values: self.keys.iter().map(|key| context.value(key.folded()).clone()).collect() };
        }
        // What a closed context does not list is absent: only the listed keys are looked up.
        let mut values = vec![ContextValue::Absent; self.keys.len()];
        for (key, value) in context.iter() {
            let slot = self.find(key.folded()).and_then(|id| values.get_mut(id.0 as usize));
            if let Some(slot) = slot {
                slot.clone_from(value);
            }
        }
        BoundContext { values }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = KeyId> {
        (0..u32::try_from(self.keys.len()).unwrap_or(u32::MAX)).map(KeyId)
    }
}

/// A context prepared for one program; made once, used for many decisions
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BoundContext {
    values: Vec<ContextValue>,
}

impl BoundContext {
    /// What is known of a key; a key interned after binding counts as unknown
    pub(super) fn value(&self, id: KeyId) -> &ContextValue {
        static UNKNOWN: ContextValue = ContextValue::Unknown;
        self.values.get(id.0 as usize).unwrap_or(&UNKNOWN)
    }

    /// The same context with another value for one key
    pub(super) fn with(&self, id: KeyId, value: ContextValue) -> Self {
        let mut changed = self.clone();
        if let Some(slot) = changed.values.get_mut(id.0 as usize) {
            *slot = value;
        }
        changed
    }
}
