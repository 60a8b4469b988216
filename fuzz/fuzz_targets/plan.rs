//! Terraform plans of which anything may be anything
#![no_main]

use std::sync::Arc;

use iam_preflight::facts::terraform::{Plan, Reading};
use iam_preflight::facts::{Bucket, Environment, Fact, Key, Level, MissingFact, ObjectTable, Organization};
use iam_preflight::policy::{Document, PolicyType};
use iam_preflight::source::SourceFile;
use libfuzzer_sys::fuzz_target;

fn missing<T>() -> Fact<T> {
    Fact::Unknown(MissingFact { what: String::new(), source: String::new(), why: String::new() })
}

/// Every statement stands where the text has something
fn placed(text: &str, documents: &[Arc<Document>]) {
    let lines = text.lines().count().max(1) + 1;
    for document in documents {
        assert_eq!(&*document.origin.file, "plan.json");
        for statement in &document.statements {
            assert!((statement.at.line as usize) <= lines, "{:?} in {lines} lines", statement.at);
        }
    }
}

fuzz_target!(|text: &str| {
    let Ok(plan) = Plan::read(SourceFile::new("plan.json", text)) else { return };
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "us-east-1".parse().ok(),
        partition: "aws".parse().ok(),
        captured_at: None,
    };
    let plan = plan.applied_in(&environment, Reading { follows_references: true, manages_everything: false });
    for principal in ["arn:aws:iam::111122223333:role/ml/T", "arn:aws:iam::111122223333:user/ana"] {
        if let Ok(Fact::Known(identity)) = plan.identity(None, &principal.parse().unwrap()) {
            placed(text, &identity.policies);
        }
    }
    let bucket = Bucket {
        owner: missing(),
        location: missing(),
        encryption: missing(),
        policy: missing(),
        public_access_block: missing(),
        ownership: missing(),
        objects: Fact::Known(Arc::new(ObjectTable::default())),
    };
    if let Ok(Bucket { policy: Fact::Known(policy), .. }) = plan.bucket("b", bucket) {
        placed(text, &[policy]);
    }
    let key = Key { metadata: missing(), policy: missing(), grants: Fact::Known(Vec::new()) };
    if let Ok(Key { policy: Fact::Known(policy), .. }) = plan.key("k", key) {
        placed(text, &[policy]);
    }
    let _ = (plan.aliases(missing()), plan.open_aliases().count(), plan.unread(), plan.changes());
    let paths = vec!["o-a/r-b/".to_owned()];
    let organization = Fact::Known(Organization { id: None, management_account: None, paths });
    let levels = ["1-root", "2-account"].map(|name| Level { name: name.to_owned(), policies: Vec::new(), unread: None });
    let _ = plan.levels(Fact::Known(levels.to_vec()), &organization, PolicyType::ServiceControl);
});
