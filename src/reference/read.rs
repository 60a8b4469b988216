//! Reading the list; its layout is told at the head of `policies/reference/services.txt`
//!
//! The text is our own, so a line that cannot be read is left out here and found by the tests, which count.

use std::sync::Arc;

use memchr::memmem;

use super::service::Traits;
use super::{AccessLevel, ArnTemplate, Edition, Key, KeyType, ListedAction, ResourceType, ResourceUse, Service};

/// The services' prefixes and their parts of the text
pub(super) fn sections(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let starts: Vec<usize> = memmem::find_iter(text.as_bytes(), "\n= ").map(|newline| newline + 1).collect();
    let ends = starts.clone().into_iter().skip(1).chain([text.len()]);
    starts.into_iter().zip(ends).filter_map(move |(start, end)| {
        let section = text.get(start..end)?;
        Some((section.split_whitespace().nth(1)?, section))
    })
}

pub(super) fn edition(text: &'static str) -> Option<Edition> {
    let stamp = text.lines().find_map(|line| line.strip_prefix("! "))?;
    let mut words = stamp.split(' ');
    let [source, version, license, captured] = [words.next()?, words.next()?, words.next()?, words.next()?];
    let [services, actions] = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
    Some(Edition { source, version, license, captured, services, actions })
}

/// The keys of lines that begin with `k`
pub(super) fn keys(text: &'static str) -> Vec<Key> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("k "));
    lines.flat_map(key_line).collect()
}

pub(super) fn service(text: &'static str) -> Service {
    let mut service = Service::default();
    let mut keys = keys(text);
    for line in text.lines().filter_map(|line| line.strip_prefix("d ")) {
        let (name, successor) = line.split_once(' ').map_or((line, None), |(name, other)| (name, Some(other)));
        if let Some(key) = keys.iter_mut().find(|key| key.name == name) {
            key.deprecate(successor);
        }
    }
    service.keys = keys.into_iter().map(Arc::new).collect();
    for line in text.lines() {
        match line.split_once(' ') {
            Some(("=", rest)) => (service.prefix, service.name) = rest.split_once(' ').unwrap_or((rest, rest)),
            Some(("r", rest)) => service.types.extend(type_line(rest, &service.keys)),
            Some(("a", rest)) => add_actions(rest, &mut service),
            _ => {}
        }
    }
    service
}

fn key_line(line: &'static str) -> Vec<Key> {
    let mut words = line.split(' ');
    let Some((kind, many)) = words.next().and_then(KeyType::read) else { return Vec::new() };
    words.map(|name| Key::new(name, kind, many)).collect()
}

fn type_line(line: &'static str, keys: &[Arc<Key>]) -> Option<Arc<ResourceType>> {
    let mut words = line.split(' ');
    let [name, arns, numbers] = [words.next()?, words.next()?, words.next()?];
    let arns = arns.split(',').map(ArnTemplate::new).collect();
    Some(Arc::new(ResourceType { name, arns, keys: picked(numbers, keys) }))
}

fn add_actions(line: &'static str, service: &mut Service) {
    let mut words = line.split(' ');
    let [Some(level), Some(keys), Some(types)] = [words.next(), words.next(), words.next()] else { return };
    let Some(level) = AccessLevel::read(level) else { return };
    let resources = types.split(';').filter_map(|used| resource_use(used, service)).collect();
    let traits = Arc::new(Traits { level, resources, keys: picked(keys, &service.keys) });
    for name in words {
        service.actions.insert(name.to_ascii_lowercase(), ListedAction { name, traits: Arc::clone(&traits) });
    }
}

fn resource_use(text: &str, service: &Service) -> Option<ResourceUse> {
    let (place, keys) = text.split_once(':').unwrap_or((text, "-"));
    let (number, required) = place.strip_suffix('!').map_or((place, false), |number| (number, true));
    let resource = Arc::clone(service.types.get(number.parse::<usize>().ok()?)?);
    Some(ResourceUse { resource, required, keys: picked(keys, &service.keys) })
}

/// The keys with these numbers; `-` is none
fn picked(numbers: &str, keys: &[Arc<Key>]) -> Vec<Arc<Key>> {
    let number = |text: &str| text.parse::<usize>().ok();
    numbers.split(',').filter_map(|text| keys.get(number(text)?).cloned()).collect()
}
