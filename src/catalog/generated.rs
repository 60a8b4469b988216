//! A base for every operation that no file describes: what its name, the reference and the API model give
//!
//! The base is written as a file of the catalog and read by the same road: own action, roles that look passed, tags.
//! What else the service does for the request is not in it, so `origin = "generated"` keeps a verdict from `ready`.

mod exceptions;
mod forms;
mod own;
mod rows;
mod schema;
mod write;

use crate::iam::Action;
use crate::reference::{self, Api, ApiOperation, ListedAction};
use crate::source::{Problem, SourceFile, nearest};

use super::reference::nearest_listed;
use forms::Namer;
use write::Draft;

/// What is said of every operation that nobody wrote down
pub(super) const WORDS: &str = "own action checked, side effects not modelled";

/// The two files of a generated operation
pub(super) struct Generated {
    pub(super) operation: SourceFile,
    pub(super) schema: SourceFile,
}

/// What the API models do not have, with the nearest that they have
pub(super) enum Unknown {
    /// The service
    Service(Problem),
    /// An operation of a service that they have
    Operation(Problem),
}

/// An operation of the API models
struct Modelled<'m> {
    /// `lambda:CreateFunction`
    name: String,
    api: &'static Api,
    request: &'m ApiOperation,
    /// The prefix of its action, or of its service where that has none
    prefix: &'static str,
}

/// The name by which the catalog knows an operation of the API models
pub(super) fn canonical(name: &str) -> Option<String> {
    found(name).map(|(api, request)| named(api, &request))
}

fn found(name: &str) -> Option<(&'static Api, ApiOperation)> {
    let (service, operation) = name.split_once(':')?;
    reference::apis_named(service).find_map(|api| Some((api, api.operation(operation)?)))
}

/// By the prefix of its actions; by the name of its service where two share a prefix and an operation's name
fn named(api: &Api, request: &ApiOperation) -> String {
    let prefix = api.prefix.unwrap_or(api.service);
    let first = reference::apis_named(prefix).find(|known| known.operation(request.name).is_some());
    let service = if first.is_some_and(|first| first.service == api.service) { prefix } else { api.service };
    format!("{service}:{}", request.name)
}

/// The base of an operation, by the name or the action prefix of its service
///
/// # Errors
/// A service or an operation that the API models do not have, with the nearest names.
pub(super) fn files(name: &str) -> Result<Generated, Unknown> {
    let (service, operation) = name.split_once(':').unwrap_or((name, ""));
    let Some((api, request)) = found(name) else { return Err(unknown(name, service, operation)) };
    let (name, prefix) = (named(api, &request), api.prefix.unwrap_or(api.service));
    Ok(Modelled { name, api, request: &request, prefix }.files())
}

/// The names of all operations of the API models
pub(super) fn names() -> impl Iterator<Item = String> {
    reference::apis().iter().flat_map(|api| {
        let service = api.prefix.unwrap_or(api.service);
        api.operations().map(move |operation| format!("{service}:{operation}"))
    })
}

fn unknown(name: &str, service: &str, operation: &str) -> Unknown {
    let own: Vec<&str> = reference::apis_named(service).flat_map(Api::operations).collect();
    let problem = |message: String, near: Option<String>| {
        let near = near.map(|near| format!("did you mean `{near}`?"));
        Problem::general(message)
            .with_help(near.unwrap_or_else(|| "`catalog list --all` names all operations".to_owned()))
    };
    if !own.is_empty() {
        let near = nearest(operation, own).map(|near| format!("{service}:{near}"));
        return Unknown::Operation(problem(format!("there is no operation `{name}`"), near));
    }
    let services = reference::apis().iter().flat_map(|api| [Some(api.service), api.prefix]).flatten();
    let near = nearest(service, services);
    let operations = near.into_iter().flat_map(reference::apis_named).flat_map(Api::operations);
    let same = nearest(operation, operations).and_then(|same| Some(format!("{}:{same}", near?)));
    Unknown::Service(problem(format!("there is no service `{service}`"), same.or_else(|| near.map(str::to_owned))))
}

fn no_action(action: &Action) -> String {
    let hint = nearest_listed(action).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("own action not known, side effects not modelled: AWS lists no action `{action}`{hint}")
}

impl Modelled<'_> {
    fn files(&self) -> Generated {
        let mut draft = Draft::default();
        let mut first = None;
        let namer = Namer { prefix: self.prefix, request: self.request };
        for variant in own::variants(self) {
            match reference::action(&variant.action) {
                Some(listed) => {
                    own::rows(self, (&variant, listed), &namer, &mut draft);
                    first = first.or(Some(listed));
                }
                None => draft.notice = Some(no_action(&variant.action)),
            }
        }
        if let Some(listed) = first {
            rows::tagging(self, (listed, &namer), &mut draft);
        }
        rows::roles(self, &mut draft);
        let file = format!("generated/{}.toml", self.name.replace(':', "."));
        Generated {
            operation: SourceFile::new(file.as_str(), self.text(&draft)),
            schema: SourceFile::new(self.schema_name(), schema::text(&self.name, self.request)),
        }
    }

    fn schema_name(&self) -> String {
        format!("{}.generated.json", self.name.replace(':', "."))
    }

    /// The action of the same name, whether AWS lists it or not
    fn action(&self) -> Option<Action> {
        format!("{}:{}", self.prefix, self.request.name).parse().ok()
    }

    /// The listed actions of the service, for tags
    fn actions(&self) -> impl Iterator<Item = &'static ListedAction> {
        reference::service(self.prefix).into_iter().flat_map(reference::Service::actions)
    }
}

#[cfg(test)]
mod tests;
