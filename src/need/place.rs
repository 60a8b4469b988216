//! Where in the request a row is asked for

use crate::catalog::{Atom, Name, Part, Row, Subject, Template, Test};
use crate::source::Location;

use super::element::ElementValue;
use super::scope::Scope;

/// The member for which a row is needed: the first that its condition asks for, else the element of its list, else the
/// first that its resource names, else where the request begins
pub(super) fn asked_at(scope: Scope<'_>, row: &Row, template: &Template) -> Location {
    let element = match scope.element.map(|element| &element.value) {
        Some(ElementValue::Node(node) | ElementValue::Place(_, node)) => Some(scope.request.locate(node.at)),
        _ => None,
    };
    let atoms = row.when.atoms().into_iter().filter_map(|atom| conditioned(atom));
    let parts = template.parts().iter().filter_map(|part| match part {
        Part::Named { name, .. } => Some(name.as_str()),
        _ => None,
    });
    named(scope, atoms)
        .or(element)
        .or_else(|| named(scope, parts))
        .unwrap_or_else(|| scope.request.locate(scope.request.body().at))
}

/// The name of which a test wants that it is there
fn conditioned(atom: &Atom) -> Option<&str> {
    match (&atom.subject, &atom.test) {
        (Subject::Named(name), Test::Present | Test::Equals(_)) => Some(name),
        _ => None,
    }
}

fn named<'n>(scope: Scope<'_>, names: impl Iterator<Item = &'n str>) -> Option<Location> {
    let paths = names.flat_map(|name| match scope.operation.name_of(name, scope.element.map(|one| one.variable)) {
        Name::Request(path) => vec![path.to_owned()],
        Name::Fact { source, .. } => source.paths(),
        Name::Variable(_) => Vec::new(),
    });
    let found = paths.into_iter().find(|path| scope.request.is_present(path));
    found.map(|path| scope.request.location(&path))
}
