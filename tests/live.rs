//! Live mode against a real server on the loopback device: the testbed, see `tests/testbed/README.md`

#[cfg(test)]
#[path = "live/account.rs"]
mod account;
#[cfg(test)]
#[path = "live/facts.rs"]
mod facts;
#[cfg(test)]
#[path = "live/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "live/generated.rs"]
mod generated;
#[cfg(all(test, unix))]
#[path = "live/interrupt.rs"]
mod interrupt;
#[cfg(test)]
#[path = "live/objects.rs"]
mod objects;
#[cfg(test)]
#[path = "live/organization.rs"]
mod organization;
#[cfg(test)]
#[path = "live/permissions.rs"]
mod permissions;
#[cfg(test)]
#[path = "live/proof.rs"]
mod proof;
#[cfg(test)]
#[path = "live/replay.rs"]
mod replay;
#[cfg(test)]
#[path = "live/roles.rs"]
mod roles;
#[cfg(test)]
#[path = "live/scene.rs"]
mod scene;
#[cfg(test)]
#[path = "live/session.rs"]
mod session;
#[cfg(test)]
#[path = "live/simulator.rs"]
mod simulator;
#[cfg(test)]
#[path = "live/testbed.rs"]
mod testbed;
