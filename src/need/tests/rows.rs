//! Rows by request, by unknown fact, by assumption

use super::*;

#[test]
fn a_minimal_request_needs_these_rows() {
    let derivation = Case::of(MINIMAL).derive();
    assert_eq!(
        lines(&derivation),
        [
            "create | lookoutvision:CreateModel | arn:aws:lookoutvision:us-east-1:111122223333:model/bottles/* |  | must | model-version",
            "read-object | s3:GetObject | dataset objects | lookoutvision | must | bucket-owner datasets service-tls",
            "read-version | s3:GetObjectVersion | dataset objects | lookoutvision | advisory | bucket-owner datasets object-versions service-tls",
            "decrypt-object | kms:Decrypt | dataset keys | lookoutvision>s3 | must | datasets",
            "out-location | s3:GetBucketLocation | arn:aws:s3:::results | lookoutvision | must | bucket-owner service-tls",
            "out-put | s3:PutObject | arn:aws:s3:::results/* | lookoutvision | must | bucket-owner service-tls",
            "out-default-key | kms:GenerateDataKey | arn:aws:kms:us-east-1:111122223333:key/key-2 | lookoutvision>s3 | must | ",
            "out-default-key-decrypt | kms:Decrypt | arn:aws:kms:us-east-1:111122223333:key/key-2 | lookoutvision>s3 | advisory | results-multipart",
        ]
    );
    assert!(derivation.preconditions.iter().all(|result| result.outcome == Outcome::Holds));
    assert!(derivation.unmodelled.is_empty());
    let create = &derivation.needs[0];
    assert_eq!(create.via, [Vec::<String>::new()]);
    assert_eq!(create.actor, Actor::Caller);
    assert_eq!(create.sources.len(), 2);
    assert_eq!(values(create, "aws:TagKeys"), Some(ContextValue::Absent));
    assert_eq!(derivation.needs[1].phase, Phase::Run);
}

#[test]
fn a_maximal_request_needs_these_rows() {
    let derivation = Case::of(MAXIMAL).derive();
    assert_eq!(
        lines(&derivation),
        [
            "create | lookoutvision:CreateModel | arn:aws:lookoutvision:us-east-1:111122223333:model/bottles/* |  | must | model-version",
            "tag | lookoutvision:TagResource | arn:aws:lookoutvision:us-east-1:111122223333:model/bottles/* |  | must | model-version",
            "read-object | s3:GetObject | dataset objects | lookoutvision | must | bucket-owner datasets service-tls",
            "read-version | s3:GetObjectVersion | dataset objects | lookoutvision | advisory | bucket-owner datasets object-versions service-tls",
            "decrypt-object | kms:Decrypt | dataset keys | lookoutvision>s3 | must | datasets",
            "out-location | s3:GetBucketLocation | arn:aws:s3:::results | lookoutvision | must | bucket-owner service-tls",
            "out-put | s3:PutObject | arn:aws:s3:::results/runs/1/* | lookoutvision | must | bucket-owner output-layout service-tls",
            "key-grant | kms:CreateGrant | arn:aws:kms:us-east-1:111122223333:key/key-1 | lookoutvision | must | ",
            "key-datakey | kms:GenerateDataKey | arn:aws:kms:us-east-1:111122223333:key/key-1 | lookoutvision or lookoutvision>s3 | must | datakey-via",
            "key-describe | kms:DescribeKey | arn:aws:kms:us-east-1:111122223333:key/key-1 | lookoutvision | should | ",
            "key-decrypt | kms:Decrypt | arn:aws:kms:us-east-1:111122223333:key/key-1 | lookoutvision>s3 | advisory | results-multipart",
        ]
    );
    assert!(derivation.preconditions.iter().all(|result| result.outcome == Outcome::Holds));
    // The default key is left out by an assumption, which the verdict must name.
    assert!(derivation.assumptions_used.contains("results-key"));
    let tag = &derivation.needs[1];
    assert_eq!(values(tag, "aws:RequestTag/team"), Some(known(&["inspection"])));
    assert_eq!(values(tag, "aws:TagKeys"), Some(known(&["team", "line"])));
    let grant = &derivation.needs[7];
    assert_eq!(values(grant, "kms:GrantIsForAWSResource"), Some(known(&["true"])));
    assert_eq!(values(grant, "kms:GranteePrincipal"), Some(ContextValue::Unknown));
}

#[test]
fn no_row_sets_what_follows_from_the_chain() {
    for need in Case::of(MAXIMAL).assuming("results-key", "both").derive().needs {
        for key in ["aws:ViaAWSService", "kms:ViaService", "aws:CalledVia", "aws:SourceVpc", "aws:SourceIp"] {
            assert_eq!(values(&need, key), None, "{}", need.id);
        }
    }
}

#[test]
fn each_unknown_fact_stays_with_its_rows() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change, &[&str]); 9] = [
        ("the account", |f| f.environment.account = None, &["create"]),
        ("the Region", |f| f.environment.region = None, &["create", "out-location", "key-grant"]),
        (
            "the partition",
            |f| {
                f.environment.partition = None;
                f.environment.region = None;
            },
            &["create", "out-location", "out-put"],
        ),
        ("location", |f| f.buckets.get_mut("results").unwrap().location = unknown("location"), &["out-location"]),
        ("Region of bucket", |f| f.buckets.clear(), &["out-location"]),
        ("owner of bucket", |f| f.buckets.clear(), &["out-location"]),
        ("aliases", |f| f.aliases = unknown("aliases"), &["key-grant", "key-datakey", "key-describe"]),
        ("key behind `alias/vision`", |f| f.aliases = Fact::Known(BTreeMap::new()), &["key-grant", "key-datakey"]),
        (
            "describe",
            |f| f.keys.get_mut("key-1").unwrap().metadata = unknown("describe"),
            &["key-grant", "key-datakey"],
        ),
    ];
    let whole = Case::of(MAXIMAL).ids();
    for (what, change, rows) in cases {
        let case = Case::of(MAXIMAL).knowing(change);
        assert_eq!(case.ids(), whole, "{what}: an unknown fact dropped a row");
        for row in rows {
            let missing = case.need(row).missing;
            assert!(missing.iter().any(|missing| missing.what.contains(what)), "{what}: {row} has {missing:?}");
        }
    }
}

#[test]
fn each_assumption_switches_its_rows() {
    let minimal = |name, value| Case::of(MINIMAL).assuming(name, value);
    let maximal = |name, value| Case::of(MAXIMAL).assuming(name, value);
    let model = |version| format!("arn:aws:lookoutvision:us-east-1:111122223333:model/bottles/{version}");
    for version in ["7", "latest"] {
        let need = minimal("model-version", version).need("create");
        assert_eq!(need.target, Target::Resource(Resource::One(model(version).parse().unwrap())));
    }
    let both = maximal("results-key", "both").need("out-default-key");
    assert_eq!(target(&both.target), DEFAULT_KEY);
    assert!(both.assumptions.contains("results-key"));
    assert_eq!(maximal("datakey-via", "s3").need("key-datakey").via, [["lookoutvision", "s3"]]);
    assert_eq!(maximal("datakey-via", "lookoutvision").need("key-datakey").via, [["lookoutvision"]]);
    assert_eq!(minimal("results-multipart", "yes").need("out-default-key-decrypt").strength, Strength::Must);
    assert_eq!(maximal("results-multipart", "yes").need("key-decrypt").strength, Strength::Must);
    assert_eq!(minimal("object-versions", "versioned").need("read-version").strength, Strength::Must);
    assert_eq!(target(&maximal("output-layout", "prefix").need("out-put").target), "arn:aws:s3:::results/runs/1*");
    assert_eq!(values(&minimal("service-tls", "1.3").need("out-put"), "s3:TlsVersion"), Some(known(&["1.3"])));
    assert_eq!(
        values(&minimal("service-tls", "unknown").need("out-put"), "s3:TlsVersion"),
        Some(ContextValue::Unknown)
    );
    let unowned = minimal("bucket-owner", "unknown");
    assert!(line(&unowned.need("out-location")).contains("! the owner of bucket `results`"));
    for row in ["read-object", "decrypt-object"] {
        let partial = minimal("datasets", "partial").need(row);
        assert!(line(&partial).contains("! the rest of the dataset's objects"), "{row}");
    }
}

#[test]
fn the_prefix_is_a_folder_and_its_stars_are_literal() {
    for (prefix, resource, rests) in [
        ("runs", "arn:aws:s3:::results/runs/*", true),
        ("runs/", "arn:aws:s3:::results/runs/*", false),
        ("", "arn:aws:s3:::results/*", false),
        ("a*b", "arn:aws:s3:::results/a${*}b/*", true),
    ] {
        let need = Case::of(&MAXIMAL.replace("runs/1", prefix)).need("out-put");
        assert_eq!(target(&need.target), resource);
        assert_eq!(need.assumptions.contains("output-layout"), rests, "{prefix}");
    }
}

#[test]
fn tags_that_differ_in_case_alone_have_no_certain_value() {
    let request = MAXIMAL.replace("\"line\", \"Value\": \"3\"", "\"TEAM\", \"Value\": \"other\"");
    let need = Case::of(&request).need("create");
    assert_eq!(values(&need, "aws:RequestTag/team"), Some(ContextValue::Unknown));
    assert_eq!(values(&need, "aws:TagKeys"), Some(known(&["team", "TEAM"])));
}

#[test]
fn a_request_without_its_members_names_them() {
    let case = Case::of(r#"{"OutputConfig": {"S3Location": {}}}"#);
    let create = case.need("create");
    assert_eq!(target(&create.target), "? arn:aws:lookoutvision:us-east-1:111122223333:model/{ProjectName}/*");
    assert_eq!(create.missing[0].what, "`ProjectName` of the request");
    assert!(matches!(case.need("out-default-key").target, Target::Unnamed(_)));
    assert!(matches!(case.need("out-put").target, Target::Unnamed(_)));
}

#[test]
fn what_is_missing_of_the_dataset_stays_with_its_rows() {
    let mut case = Case::of(MINIMAL);
    case.dataset_missing = vec![basis::missing("the dataset manifests", "--train", "none given")];
    for row in ["read-object", "read-version", "decrypt-object"] {
        assert_eq!(case.need(row).missing, case.dataset_missing, "{row}");
    }
    assert!(case.need("out-put").missing.is_empty());
}

#[test]
fn each_row_points_at_the_member_that_asks_for_it() {
    let derivation = Case::of(MAXIMAL).derive();
    let place = |value: &str| {
        let offset = MAXIMAL.find(value).unwrap();
        SourceFile::new("request.json", MAXIMAL).position(offset)
    };
    for (id, value) in [
        ("create", "\"bottles\""),
        ("tag", "[{\"Key\""),
        ("read-object", "{"),
        ("out-location", "\"results\""),
        ("out-put", "\"results\""),
        ("key-grant", "\"alias/vision\""),
        ("key-datakey", "\"alias/vision\""),
    ] {
        let need = derivation.needs.iter().find(|need| need.id == id).unwrap();
        assert_eq!(need.asked_at.at, place(value), "{id}");
        assert_eq!(&*need.asked_at.file, "request.json");
    }
    assert_eq!(place("\"alias/vision\"").line, 4);
}
