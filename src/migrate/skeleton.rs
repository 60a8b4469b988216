//! The new request, built member by member in the order in which they are named

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalog::{Dataset, MemberPath};

/// A request in the making
#[derive(Debug)]
pub(super) struct Skeleton {
    root: Value,
    /// The index of each list element, by list, dataset and number of the manifest
    elements: BTreeMap<(String, Dataset, usize), usize>,
}

/// A place in a request, written two ways
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// JSON Pointer
    pub(super) pointer: String,
    /// `InputDataConfig[0].ChannelName`
    pub(super) shown: String,
}

impl Spot {
    /// The place of a pointer
    pub(super) fn at(pointer: &str) -> Self {
        Self { pointer: pointer.to_owned(), shown: String::new() }
    }

    fn member(&mut self, name: &str) {
        let dot = if self.shown.is_empty() { "" } else { "." };
        self.shown = format!("{}{dot}{name}", self.shown);
        self.pointer = format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"));
    }

    fn element(&mut self, index: usize) {
        self.shown = format!("{}[{index}]", self.shown);
        self.pointer = format!("{}/{index}", self.pointer);
    }

    /// Whether a pointer leads to this place or into it
    pub(super) fn holds(&self, pointer: &str) -> bool {
        pointer.strip_prefix(&self.pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Skeleton {
    pub(super) fn new() -> Self {
        Self { root: Value::Object(Map::new()), elements: BTreeMap::new() }
    }

    /// Puts a value; `number` counts the manifests of a dataset, from 0
    pub(super) fn put(&mut self, path: &MemberPath, number: usize, value: Value) -> Spot {
        let mut spot = Spot::default();
        let mut at = Some(&mut self.root);
        for step in path.steps() {
            spot.member(&step.name);
            at = at.and_then(|object| member(object, &step.name));
            if let Some(elements) = step.elements {
                let next = self.elements.keys().filter(|(list, ..)| *list == spot.pointer).count();
                let key = (spot.pointer.clone(), elements.dataset, number);
                let index = *self.elements.entry(key).or_insert(next);
                spot.element(index);
                at = at.and_then(|list| element(list, index));
            }
        }
        if let Some(place) = at {
            *place = value;
        }
        spot
    }

    /// Where a value would stand whose list element, if any, is there
    pub(super) fn spot(&self, path: &MemberPath, number: usize) -> Option<Spot> {
        let mut spot = Spot::default();
        for step in path.steps() {
            spot.member(&step.name);
            if let Some(elements) = step.elements {
                let key = (spot.pointer.clone(), elements.dataset, number);
                spot.element(*self.elements.get(&key)?);
            }
        }
        Some(spot)
    }

    pub(super) fn value(&self) -> &Value {
        &self.root
    }
}

fn member<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().map(|members| members.entry(name).or_insert(Value::Null))
}

fn element(value: &mut Value, index: usize) -> Option<&mut Value> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    let list = value.as_array_mut()?;
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    list.get_mut(index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_in_the_order_in_which_they_are_put() {
        let mut skeleton = Skeleton::new();
        let mut put = |path: &str, number: usize, value: &str| {
            skeleton.put(&path.parse().unwrap(), number, Value::from(value)).shown
        };
        assert_eq!(put("Z", 0, "z"), "Z");
        assert_eq!(put("L[train].A", 0, "a"), "L[0].A");
        assert_eq!(put("L[test].A", 0, "b"), "L[1].A");
        assert_eq!(put("L[train].B.C", 0, "c"), "L[0].B.C");
        assert_eq!(put("M.Each[train*].N", 0, "n"), "M.Each[0].N");
        assert_eq!(put("M.Each[train*].N", 1, "o"), "M.Each[1].N");
        let expected = json!({
            "Z": "z",
            "L": [{"A": "a", "B": {"C": "c"}}, {"A": "b"}],
            "M": {"Each": [{"N": "n"}, {"N": "o"}]},
        });
        assert_eq!(skeleton.value(), &expected);
        assert_eq!(skeleton.value().to_string(), expected.to_string(), "the order too");
        let spot = skeleton.spot(&"L[test].D".parse().unwrap(), 0).unwrap();
        assert_eq!((spot.pointer.as_str(), spot.holds("/L/1/D/0"), spot.holds("/L/1/Dx")), ("/L/1/D", true, false));
        assert_eq!(skeleton.spot(&"X[test].D".parse().unwrap(), 0), None);
    }
}
