//! `Principal` and `NotPrincipal` elements that name the caller, or somebody close

use serde_json::{Value, json};

use super::dice::Dice;
use super::requests::Request;
use super::vocabulary::{AWAY, HOME};

pub(crate) fn principal(dice: &mut Dice<'_>, request: &Request, hit: bool) -> Value {
    let mut names = Names::default();
    if hit {
        if dice.chance(if request.service() == "s3" { 25 } else { 12 }) {
            return json!("*");
        }
        names.add_hit(dice, request);
    }
    let more = if hit { dice.weighted(&[75, 20, 5]) } else { dice.weighted(&[0, 70, 30]) };
    for _ in 0..more {
        names.add_other(dice);
    }
    names.into_element(dice)
}

/// Some or all of the caller's levels (E43)
pub(crate) fn not_principal(dice: &mut Dice<'_>, request: &Request) -> Value {
    let mut names = Names::default();
    let caller = &request.caller;
    match &caller.account {
        Some(account) => {
            let account = dice.text(&[account, &format!("arn:aws:iam::{account}:root")]);
            let levels = [Some(caller.name.clone()), caller.origin.clone(), Some(account)];
            names.aws.extend(levels.into_iter().flatten().filter(|_| dice.chance(88)));
        }
        None => names.add_hit(dice, request),
    }
    if names.aws.is_empty() && names.services.is_empty() || dice.chance(20) {
        names.add_other(dice);
    }
    names.into_element(dice)
}

#[derive(Debug, Default)]
struct Names {
    aws: Vec<String>,
    services: Vec<String>,
    federated: Vec<String>,
}

impl Names {
    fn add_hit(&mut self, dice: &mut Dice<'_>, request: &Request) {
        let caller = &request.caller;
        let Some(account) = &caller.account else {
            if caller.name == "anonymous" {
                self.aws.push("*".to_owned());
            } else {
                self.services.push(caller.name.clone());
            }
            return;
        };
        if caller.name.contains("oidc-provider") {
            self.federated.push(caller.name.clone());
            return;
        }
        let name = match dice.weighted(&[40, 25, 12, 15, 8]) {
            0 if !caller.is_root => caller.name.clone(),
            1 => caller.origin.clone().unwrap_or_else(|| caller.name.clone()),
            2 => account.clone(),
            4 => "*".to_owned(),
            _ => format!("arn:aws:iam::{account}:root"),
        };
        self.aws.push(name);
    }

    fn add_other(&mut self, dice: &mut Dice<'_>) {
        let account = dice.text(&[HOME, AWAY]);
        match dice.weighted(&[70, 20, 10]) {
            0 => {
                let name = dice.text(&[
                    "iam::A:user/ana",
                    "iam::A:user/Ana",
                    "iam::A:user/team/ana",
                    "iam::A:user/*",
                    "iam::A:role/Loader",
                    "iam::A:role/*",
                    "iam::A:root",
                    "sts::A:assumed-role/Loader/s1",
                    "sts::A:assumed-role/Loader/*",
                    "sts::A:federated-user/vera",
                ]);
                self.aws.push(format!("arn:aws:{}", name.replace(":A:", &format!(":{account}:"))));
            }
            1 => self.services.push(dice.text(&["s3.amazonaws.com", "ec2.amazonaws.com"])),
            _ => self.aws.push("AROAQQEXAMPLEID000001".to_owned()),
        }
    }

    fn into_element(self, dice: &mut Dice<'_>) -> Value {
        let mut element = json!({});
        let families = [("AWS", self.aws), ("Service", self.services), ("Federated", self.federated)];
        for (family, names) in families {
            if let [name] = names.as_slice()
                && dice.chance(60)
            {
                element[family] = json!(name);
            } else if !names.is_empty() {
                element[family] = json!(names);
            }
        }
        element
    }
}
