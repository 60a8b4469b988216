//! The configuration that a plan carries: which values refer to which resources, and who provides them

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json;
use crate::source::{Problem, SourceFile};

use super::modules::Step;
use super::read::start_of;
use super::unread;

/// The configuration of the root module and of all modules that it calls
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    pub(super) provider_config: BTreeMap<String, ProviderConfig>,
    root_module: Module,
}

/// The configuration of one provider
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProviderConfig {
    pub(super) name: String,
    pub(super) expressions: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Module {
    resources: Vec<ResourceConfig>,
    #[serde(rename = "module_calls")]
    calls: BTreeMap<String, Call>,
    outputs: BTreeMap<String, Output>,
}

/// The configuration of a resource, whatever the number of its instances
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResourceConfig {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    mode: String,
    pub(super) provider_config_key: Option<String>,
    pub(super) expressions: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Call {
    module: Module,
    expressions: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    expression: Value,
}

impl Configuration {
    /// Reads the member `configuration`
    ///
    /// # Errors
    /// When it has not the documented shape.
    pub(super) fn read(file: &SourceFile, raw: Option<&RawValue>) -> Result<Self, Problem> {
        let Some(raw) = raw else { return Ok(Self::default()) };
        let configuration = serde_json::from_str::<Self>(raw.get());
        let mut configuration = configuration.map_err(|error| {
            let offset = json::byte_offset(raw.get(), error.line(), error.column());
            let at = file.position(start_of(file, raw) + offset);
            Problem::at(&file.name, at, format!("not the configuration of a plan: {}", json::reason(&error)))
        })?;
        configuration.root_module.drop_unread();
        Ok(configuration)
    }

    /// The module at the end of a path; keys do not matter, since all instances share one configuration
    pub(super) fn module(&self, path: &[Step]) -> Option<&Module> {
        path.iter().try_fold(&self.root_module, |module, step| Some(&module.calls.get(&step.name)?.module))
    }

    /// The expression that a module's variable was given by the module that calls it
    pub(super) fn argument(&self, path: &[Step], variable: &str) -> Option<&Value> {
        let (call, outer) = path.split_last()?;
        self.module(outer)?.calls.get(&call.name)?.expressions.get(variable)
    }
}

impl Module {
    /// A managed resource
    pub(super) fn resource(&self, kind: &str, name: &str) -> Option<&ResourceConfig> {
        let mut managed = self.resources.iter().filter(|resource| resource.mode != "data");
        managed.find(|resource| resource.kind == kind && resource.name == name)
    }

    /// What an output refers to
    pub(super) fn output(&self, name: &str) -> Option<&Value> {
        self.outputs.get(name).map(|output| &output.expression)
    }

    /// Most of a large configuration is about resources that nobody reads
    fn drop_unread(&mut self) {
        self.resources.retain(|resource| unread::matters(&resource.kind));
        self.resources.shrink_to_fit();
        for call in self.calls.values_mut() {
            call.module.drop_unread();
        }
    }
}

/// The references of an expression; `None` where it is no plain expression
pub(super) fn references(expression: &Value) -> Option<Vec<&str>> {
    let references = expression.get("references")?.as_array()?;
    references.iter().map(Value::as_str).collect()
}
