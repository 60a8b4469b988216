//! Policies of all levels, and the whole case

use serde_json::{Map, Value, json};

use super::conditions::condition;
use super::dice::Dice;
use super::principals::{not_principal, principal};
use super::requests::{Request, request};
use super::resources::{action, resource};

/// Where a policy is attached, which decides its elements
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Identity,
    Ceiling,
    Session,
    ServiceControl,
    ResourceControl,
    Endpoint,
    Resource,
    Key,
    Trust,
}

pub(crate) fn case(dice: &mut Dice<'_>) -> Value {
    let request = request(dice);
    let caller = &request.caller;
    let mut case = json!({
        "principal": caller.name,
        "action": request.action,
        "resource": request.resource,
        "resourceAccount": request.owner,
        "context": request.context,
    });
    let mut extra = extra(dice, &request);
    if caller.account.is_some() && !caller.is_root && !caller.name.contains("oidc-provider") {
        caller_side(dice, &request, &mut case);
    }
    if caller.account.is_some() && dice.chance(30) {
        case["scps"] = if dice.chance(4) { json!([]) } else { json!(levels(dice, &request, Place::ServiceControl)) };
    }
    if dice.chance(25) {
        case["rcps"] = json!(levels(dice, &request, Place::ResourceControl));
    }
    if let Some(policy) = resource_policy(dice, &request) {
        case["resourcePolicy"] = policy;
    }
    if dice.chance(5) {
        case.as_object_mut().unwrap().shift_remove("resourceAccount");
    }
    if request.is_key() && dice.chance(5) {
        extra.insert("kmsAwsManagedKey".into(), json!(true));
        case["resourcePolicy"] = aws_managed_key_policy(&request);
    }
    if !extra.is_empty() {
        case["extra"] = Value::Object(extra);
    }
    case
}

fn caller_side(dice: &mut Dice<'_>, request: &Request, case: &mut Value) {
    let count = dice.weighted(&[15, 60, 25]);
    let identity: Vec<Value> = (0..count).map(|_| policy(dice, request, Place::Identity)).collect();
    case["identityPolicies"] = json!(identity);
    if dice.chance(25) {
        case["boundary"] = policy(dice, request, Place::Ceiling);
    }
    let federated = request.caller.name.contains(":federated-user/");
    if request.caller.is_session && dice.chance(if federated { 85 } else { 25 }) {
        case["sessionPolicy"] = policy(dice, request, Place::Session);
    }
}

fn resource_policy(dice: &mut Dice<'_>, request: &Request) -> Option<Value> {
    let (place, likely) = if request.is_key() {
        (Place::Key, 97)
    } else if request.is_trust() {
        (Place::Trust, 97)
    } else {
        (Place::Resource, 60)
    };
    let has_policies = request.resource != "*" && ["s3", "sqs", "sns", "kms", "sts"].contains(&request.service());
    (has_policies && dice.chance(likely)).then(|| policy(dice, request, place))
}

fn extra(dice: &mut Dice<'_>, request: &Request) -> Map<String, Value> {
    let mut extra = Map::new();
    let caller = &request.caller;
    if caller.name.contains(":federated-user/") {
        extra.insert("federatedBy".into(), json!(caller.origin));
    }
    if caller.account.is_some() && dice.chance(10) {
        extra.insert("vpcEndpointPolicy".into(), policy(dice, request, Place::Endpoint));
    }
    if dice.chance(6) {
        extra.insert("principalAccountIsManagement".into(), json!(true));
    }
    if dice.chance(6) {
        extra.insert("resourceAccountIsManagement".into(), json!(true));
    }
    if request.service() == "s3" && dice.chance(12) {
        extra.insert("s3RestrictPublicBuckets".into(), json!(true));
    }
    if request.is_key() && dice.chance(30) {
        // Which of several grants is retired, no case says.
        let further = if request.operation() == "RetireGrant" { 0 } else { dice.below(2) };
        let grants: Vec<Value> = (0..=further).map(|_| grant(dice, request)).collect();
        extra.insert("kmsGrants".into(), json!(grants));
    }
    extra
}

/// E329
fn aws_managed_key_policy(request: &Request) -> Value {
    let through = json!({
        "StringEquals": { "kms:CallerAccount": request.owner, "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
    });
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant"],
            "Resource": "*",
            "Condition": through,
        }],
    })
}

fn grant(dice: &mut Dice<'_>, request: &Request) -> Value {
    let caller = &request.caller;
    let somebody = |dice: &mut Dice<'_>| match dice.weighted(&[50, 30, 20]) {
        0 if caller.name.starts_with("arn:") => caller.name.clone(),
        1 => caller.origin.clone().unwrap_or_else(|| caller.name.clone()),
        _ => "arn:aws:iam::210000000011:role/Loader".to_owned(),
    };
    let grantee = somebody(dice);
    let own = request.operation().to_owned();
    let grantable = own != "ScheduleKeyDeletion";
    let operations =
        if grantable && dice.chance(75) { vec![own, "DescribeKey".into()] } else { vec!["Verify".to_owned()] };
    let mut grant = json!({ "granteePrincipal": grantee, "operations": operations });
    if dice.chance(40) {
        let account = caller.account.clone().unwrap_or_else(|| "210000000011".to_owned());
        let root = format!("arn:aws:iam::{account}:root");
        grant["retiringPrincipal"] = json!(if dice.chance(25) { root } else { somebody(dice) });
    }
    if dice.chance(40) {
        let kind = dice.text(&["EncryptionContextEquals", "EncryptionContextSubset"]);
        let pairs = [
            json!({ "AppName": "ExampleApp" }),
            json!({ "appname": "ExampleApp" }),
            json!({ "AppName": "ExampleApp", "Purpose": "Test" }),
            json!({ "Purpose": "Test" }),
        ];
        grant["constraints"] = json!({ kind: dice.pick(&pairs) });
    }
    grant
}

fn levels(dice: &mut Dice<'_>, request: &Request, place: Place) -> Vec<Vec<Value>> {
    let full = |place| match place {
        Place::ResourceControl => json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }),
        _ => json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }),
    };
    let mut levels = Vec::new();
    for _ in 0..=dice.below(3) {
        let mut level = Vec::new();
        if dice.chance(88) {
            level.push(json!({ "Version": "2012-10-17", "Statement": [full(place)] }));
        }
        if dice.chance(40) {
            level.push(policy(dice, request, place));
        }
        levels.push(level);
    }
    levels
}

fn policy(dice: &mut Dice<'_>, request: &Request, place: Place) -> Value {
    let mut statements: Vec<Value> =
        (0..=dice.weighted(&[50, 35, 15])).map(|_| statement(dice, request, place)).collect();
    if place == Place::Key && dice.chance(70) {
        let root = format!("arn:aws:iam::{}:root", request.owner);
        statements.push(json!({ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" }));
    }
    let mut policy = Map::new();
    match dice.weighted(&[80, 10, 10]) {
        _ if matches!(place, Place::ServiceControl | Place::ResourceControl) => {
            policy.insert("Version".into(), json!("2012-10-17"));
        }
        0 => drop(policy.insert("Version".into(), json!("2012-10-17"))),
        1 => drop(policy.insert("Version".into(), json!("2008-10-17"))),
        _ => {}
    }
    let single = statements.len() == 1 && dice.chance(20);
    let statements = if single { statements.remove(0) } else { json!(statements) };
    policy.insert("Statement".into(), statements);
    Value::Object(policy)
}

fn statement(dice: &mut Dice<'_>, request: &Request, place: Place) -> Value {
    let deny = place == Place::ResourceControl || dice.chance(22);
    let hit = if deny { 75 } else { 90 };
    let mut statement = json!({ "Effect": if deny { "Deny" } else { "Allow" } });
    match place {
        Place::ResourceControl => statement["Principal"] = json!("*"),
        Place::Endpoint if dice.chance(80) => statement["Principal"] = json!("*"),
        Place::Resource | Place::Endpoint if deny && dice.chance(25) => {
            statement["NotPrincipal"] = not_principal(dice, request);
        }
        Place::Resource | Place::Endpoint | Place::Key | Place::Trust => {
            let hit = dice.chance(hit);
            statement["Principal"] = principal(dice, request, hit);
        }
        _ => {}
    }
    add_actions(dice, request, place, hit, &mut statement);
    add_resources(dice, request, place, hit, &mut statement);
    if dice.chance(if deny { 75 } else { 45 }) {
        let wanted = dice.chance(if deny { 40 } else { 80 });
        statement["Condition"] = condition(dice, request, wanted);
    }
    statement
}

fn add_actions(dice: &mut Dice<'_>, request: &Request, place: Place, hit: usize, statement: &mut Value) {
    let negated = place != Place::ResourceControl && dice.chance(10);
    let hits = dice.chance(hit) != negated;
    let mut actions: Vec<String> = (0..=dice.weighted(&[75, 20, 5])).map(|_| action(dice, request, false)).collect();
    if hits {
        let at = dice.below(actions.len());
        actions[at] = action(dice, request, true);
    }
    if place == Place::ResourceControl {
        for action in &mut actions {
            if action == "*" {
                *action = format!("{}:*", request.service());
            }
        }
    }
    let element = if negated { "NotAction" } else { "Action" };
    statement[element] = scalar_or_list(dice, &actions);
}

fn add_resources(dice: &mut Dice<'_>, request: &Request, place: Place, hit: usize, statement: &mut Value) {
    let short = matches!(place, Place::Identity | Place::Ceiling);
    if place == Place::Trust || place == Place::Key && dice.chance(3) {
        return;
    }
    if place == Place::Key && dice.chance(80) {
        statement["Resource"] = json!("*");
        return;
    }
    let negated = place != Place::Key && dice.chance(10);
    let hits = dice.chance(hit) != negated;
    let mut resources: Vec<String> =
        (0..=dice.weighted(&[75, 20, 5])).map(|_| resource(dice, request, false, short)).collect();
    if hits {
        let at = dice.below(resources.len());
        resources[at] = resource(dice, request, true, short);
    }
    let element = if negated { "NotResource" } else { "Resource" };
    statement[element] = scalar_or_list(dice, &resources);
}

fn scalar_or_list(dice: &mut Dice<'_>, texts: &[String]) -> Value {
    match texts {
        [one] if dice.chance(60) => json!(one),
        _ => json!(texts),
    }
}
