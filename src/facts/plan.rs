//! Which facts a request needs, told from the request alone

use std::collections::BTreeSet;

use crate::catalog::{FactSource, Operation, Part, Template};
use crate::json::Node;
use crate::request::{Request, S3Place};

use super::KeyReference;

/// The buckets and keys that a request names itself; those of the dataset come from its manifests
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Buckets whose Region, default encryption and policy are needed
    pub buckets: BTreeSet<String>,
    /// Keys whose state, policy and grants are needed, in the order of the catalog, none twice
    pub keys: Vec<KeyReference>,
}

/// What a request names itself
#[must_use]
pub fn plan(operation: &Operation, request: &Request) -> Plan {
    let mut plan = Plan::default();
    for source in operation.header.fact.values() {
        match source {
            FactSource::S3Location { bucket, .. } | FactSource::BucketDefaultKey { bucket } => {
                plan.buckets.extend(texts(request, bucket));
            }
            FactSource::KmsKey { reference } => {
                for key in texts(request, reference).map(|text| KeyReference::of(&text)) {
                    if !plan.keys.contains(&key) {
                        plan.keys.push(key);
                    }
                }
            }
            FactSource::S3Uri { .. } | FactSource::S3Uris { .. } => {
                let uris = source.paths().into_iter().flat_map(|path| texts(request, &path));
                plan.buckets.extend(uris.filter_map(|uri| Some(S3Place::of_uri(&uri).ok()?.bucket)));
            }
            FactSource::RequestArn { form, .. } => {
                let named = bucket_member(form).into_iter().flat_map(|member| texts(request, member));
                plan.buckets.extend(named.filter(|name| !name.contains(':')));
            }
            FactSource::DatasetObjects { .. }
            | FactSource::DatasetBuckets { .. }
            | FactSource::DatasetKeys { .. }
            | FactSource::EcrImages { .. }
            | FactSource::ArnOrId { .. }
            | FactSource::Told { .. } => {}
        }
    }
    plan
}

/// The member that names the bucket in the form of a bucket's or an object's ARN
fn bucket_member(form: &Template) -> Option<&str> {
    let mut parts = form.parts().iter();
    parts.find(|part| matches!(part, Part::Text(text) if text.ends_with(":s3:::")))?;
    match parts.next()? {
        Part::Named { name, .. } => Some(name),
        _ => None,
    }
}

fn texts<'r>(request: &'r Request, path: &str) -> impl Iterator<Item = String> + use<'r> {
    request.lookup(path).into_iter().filter_map(Node::text).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::source::SourceFile;

    fn planned(text: &str) -> Plan {
        let catalog = Catalog::embedded().unwrap();
        let request = Request::read(SourceFile::new("request.json", text)).unwrap();
        plan(catalog.operation("lookoutvision:CreateModel").unwrap(), &request)
    }

    #[test]
    fn the_output_bucket_and_the_key_are_planned() {
        let plan = planned(
            r#"{"ProjectName": "p", "OutputConfig": {"S3Location": {"Bucket": "out"}}, "KmsKeyId": "alias/images"}"#,
        );
        assert_eq!(plan.buckets, BTreeSet::from(["out".to_owned()]));
        assert_eq!(plan.keys, [KeyReference::Alias("alias/images".into())]);
    }

    #[test]
    fn a_bucket_of_an_arn_is_planned() {
        let form = |text: &str| text.parse::<Template>().unwrap();
        assert_eq!(bucket_member(&form("arn:{partition}:s3:::{Bucket}/{Key}")), Some("Bucket"));
        assert_eq!(bucket_member(&form("arn:{partition}:s3:::{?}")), None);
        assert_eq!(bucket_member(&form("arn:{partition}:iam::{account}:role/{Role}")), None);
    }

    #[test]
    fn what_the_request_does_not_say_is_not_planned() {
        assert_eq!(planned(r#"{"ProjectName": "p", "KmsKeyId": ""}"#), Plan::default());
    }
}
