//! Which operation a request is of, where the request itself tells

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::catalog::{Catalog, Operation};
use crate::source::Problem;

use super::Request;

/// The operation of a request that tells nothing
const DEFAULT: &str = "lookoutvision:CreateModel";

/// The top of a request's JSON Schema
#[derive(Deserialize, Default)]
struct Top {
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    properties: Map<String, Value>,
}

/// The operation whose members a request has: the one that it fits, else the one that knows most of its members
///
/// A request that none knows better than `lookoutvision:CreateModel` counts as one of those.
///
/// # Errors
/// A request that fits several operations: it must be named.
pub fn recognize<'c>(catalog: &'c Catalog, request: &Request) -> Result<&'c Operation, Problem> {
    let members: Vec<&str> = request.body().members().iter().map(|member| member.key.as_str()).collect();
    let mut fitting = Vec::new();
    let mut best: (usize, Option<&Operation>) = (0, None);
    for operation in catalog.operations() {
        let text = catalog.schema(operation).map_or("{}", |schema| &schema.text);
        let top: Top = serde_json::from_str(text).unwrap_or_default();
        let known = members.iter().filter(|member| top.properties.contains_key(**member)).count();
        if known == members.len() && top.required.iter().all(|name| members.contains(&name.as_str())) {
            fitting.push(operation);
        }
        let better = known > best.0 || (known == best.0 && operation.name() == DEFAULT);
        if better {
            best = (known, Some(operation));
        }
    }
    match (fitting.as_slice(), best) {
        ([only], _) => Ok(only),
        ([], (known, Some(operation))) if known > 0 => Ok(operation),
        ([], _) => catalog.operation(DEFAULT),
        (several, _) => several.iter().find(|operation| operation.name() == DEFAULT).copied().ok_or_else(|| {
            let names: Vec<&str> = several.iter().map(|operation| operation.name()).collect();
            let message = format!("the request may be one of {}", names.join(", "));
            Problem::general(message).with_help("name it with --operation")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn recognized(text: &str) -> String {
        let catalog = Catalog::embedded().unwrap();
        let request = Request::read(SourceFile::new("r", text)).unwrap();
        recognize(&catalog, &request).unwrap().name().to_owned()
    }

    #[test]
    fn a_request_tells_its_operation_by_its_members() {
        for (text, expected) in [
            (r#"{"ProjectName": "p", "OutputConfig": {}}"#, "lookoutvision:CreateModel"),
            (r#"{"ProjectName": "p", "DatasetType": "train"}"#, "lookoutvision:CreateDataset"),
            (r#"{"ProjectArn": "p", "DatasetType": "TRAIN"}"#, "rekognition:CreateDataset"),
            (r#"{"ModelName": "m"}"#, "sagemaker:CreateModel"),
            // What is missing, or one word too many, does not make it another operation.
            (r#"{"TrainingJobName": "t", "AlgorithmSpecification": {}}"#, "sagemaker:CreateTrainingJob"),
            (r#"{"jobName": "j", "modelId": "m", "nonsense": 1}"#, "bedrock:CreateModelInvocationJob"),
            (r#"{"nonsense": 1}"#, "lookoutvision:CreateModel"),
            ("{}", "lookoutvision:CreateModel"),
        ] {
            assert_eq!(recognized(text), expected, "{text}");
        }
    }
}
