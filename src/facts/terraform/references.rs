//! From a value that is known after apply to the resource that it will come from
//!
//! A plan does not hold expressions, only what they refer to. Where that is one attribute of one resource, the
//! value is taken to be this attribute (assumption `terraform-references`).

use serde_json::Value;

use super::Plan;
use super::configuration::references;
use super::modules::{ModulePath, Part, Step, longest, parts};
use super::resource::Resource;

/// What an unknown value stands for
#[derive(Debug, Clone)]
pub(super) enum Link<'p> {
    /// An attribute of this resource
    One(&'p Resource),
    /// An attribute of one of these
    Among(Vec<&'p Resource>),
    /// Anything
    Anything,
}

/// Resources whose attributes may stand where a value is wanted
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Their types
    pub(super) kinds: &'static [&'static str],
    /// The attributes that name them
    pub(super) attributes: &'static [&'static str],
}

/// Modules can hand a value on this often
const DEEPEST: usize = 20;

impl Plan {
    /// What the unknown value of an attribute stands for
    pub(super) fn link(&self, resource: &Resource, attribute: &str, target: Target) -> Link<'_> {
        let Some(expression) = self.expression(resource, attribute) else { return Link::Anything };
        self.follow(expression, (&resource.module, resource.index.as_deref()), target, 0)
    }

    /// What the unknown elements of a list stand for, when each of its references is one of them
    pub(super) fn links(
        &self,
        resource: &Resource,
        attribute: &str,
        target: Target,
        count: usize,
    ) -> Option<Vec<&Resource>> {
        let references = references(self.expression(resource, attribute)?)?;
        let longest = longest(&references);
        if longest.len() != count {
            return None;
        }
        let links = longest.into_iter().map(|reference| {
            match self.referred(reference, (&resource.module, resource.index.as_deref()), target, 0) {
                Link::One(resource) => Some(resource),
                _ => None,
            }
        });
        links.collect()
    }

    /// The expression of an attribute in the configuration
    pub(super) fn expression(&self, resource: &Resource, attribute: &str) -> Option<&Value> {
        let module = self.configuration.module(&resource.module)?;
        module.resource(&resource.kind, &resource.name)?.expressions.get(attribute)
    }

    fn follow(&self, expression: &Value, from: From<'_>, target: Target, depth: usize) -> Link<'_> {
        if !self.reading.follows_references || depth > DEEPEST {
            return Link::Anything;
        }
        let Some(references) = references(expression) else { return Link::Anything };
        match longest(&references).as_slice() {
            [only] => self.referred(only, from, target, depth),
            // `x[each.key].arn` is listed as `x` and `each.key`.
            [one, key] | [key, one] if matches!(*key, "each.key" | "count.index") => {
                let (module, index) = from;
                match index {
                    Some(index) => self.referred(&format!("{one}[{index}]"), (module, None), target, depth),
                    None => Link::Anything,
                }
            }
            _ => Link::Anything,
        }
    }

    /// What one reference means in a module
    fn referred(&self, reference: &str, from: From<'_>, target: Target, depth: usize) -> Link<'_> {
        let Some(parts) = parts(reference) else { return Link::Anything };
        let (module, _) = from;
        match parts.as_slice() {
            [Part { word: "module", .. }, Part { word: call, key }, Part { word: output, key: None }] => {
                self.output(module, (call, *key, output), target, depth)
            }
            [Part { word: "var", .. }, Part { word: variable, key: None }] => {
                let Some(argument) = self.configuration.argument(module, variable) else { return Link::Anything };
                let Some((step, outer)) = module.split_last() else { return Link::Anything };
                self.follow(argument, (&outer.to_vec(), step.key.as_deref()), target, depth + 1)
            }
            [Part { word: kind, key: None }, Part { word: name, key }, rest @ ..] => {
                let attribute = match rest {
                    [] => None,
                    [Part { word, key: None }] => Some(*word),
                    _ => return Link::Anything,
                };
                if !target.kinds.contains(kind) || attribute.is_some_and(|word| !target.attributes.contains(&word)) {
                    return Link::Anything;
                }
                self.instances(module, (kind, name, *key))
            }
            _ => Link::Anything,
        }
    }

    fn output(
        &self,
        module: &ModulePath,
        (call, key, output): (&str, Option<&str>, &str),
        target: Target,
        depth: usize,
    ) -> Link<'_> {
        let mut inner = module.clone();
        inner.push(Step { name: call.to_owned(), key: key.map(str::to_owned) });
        let expression = self.configuration.module(&inner).and_then(|module| module.output(output));
        expression.map_or(Link::Anything, |expression| self.follow(expression, (&inner, None), target, depth + 1))
    }

    fn instances(&self, module: &ModulePath, (kind, name, key): (&str, &str, Option<&str>)) -> Link<'_> {
        let instances = self.resources.iter().filter(|resource| {
            resource.stays()
                && resource.kind == kind
                && resource.name == name
                && resource.module == *module
                && (key.is_none() || resource.index.as_deref() == key)
        });
        let instances: Vec<&Resource> = instances.collect();
        match instances.as_slice() {
            [only] => {
                self.followed.set(true);
                Link::One(only)
            }
            [] => Link::Anything,
            _ => Link::Among(instances),
        }
    }
}

/// The module that a reference stands in, and the index of the instance there
type From<'a> = (&'a ModulePath, Option<&'a str>);
