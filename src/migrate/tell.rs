//! What became of the old request, in the order of the new one

use super::fill::{Cell, Content, Filler};
use super::{Asked, Migrated, OldRequest, Placed, Provenance, Told};

pub(super) fn told(old: &OldRequest<'_>, filler: &Filler<'_>) -> Migrated {
    let migration = old.migration;
    let head = &migration.head;
    let lost = migration.without.iter().filter(|loss| filler.holds(&loss.from));
    let changes = migration.changes.iter().filter(|change| change.when.as_ref().is_none_or(|when| filler.holds(when)));
    Migrated {
        from: head.from.as_str().to_owned(),
        to: head.to.as_str().to_owned(),
        summary: head.summary.clone(),
        request: filler.skeleton.value().clone(),
        members: placed(old, &filler.cells),
        asks: asked(old, filler.cells.iter().filter(|cell| matches!(cell.content, Content::Open(_)))),
        offers: asked(old, filler.cells.iter().filter(|cell| is_offer(cell))),
        lost: lost
            .map(|loss| Told {
                what: loss.from.feature.words().to_owned(),
                because: loss.because.clone(),
                sources: migration.sources(&loss.src),
            })
            .collect(),
        changes: changes
            .map(|change| Told {
                what: change.what.clone(),
                because: change.because.clone(),
                sources: migration.sources(&change.src),
            })
            .collect(),
    }
}

fn is_offer(cell: &Cell<'_>) -> bool {
    matches!(cell.content, Content::Nothing) && cell.member.ask.as_ref().is_some_and(|ask| ask.optional)
}

/// The members; places of one member that come from the same stand together
fn placed(old: &OldRequest<'_>, cells: &[Cell<'_>]) -> Vec<Placed> {
    let mut all: Vec<(&Cell<'_>, Placed)> = Vec::new();
    for cell in cells {
        let from = match &cell.content {
            Content::Value(_, from) => from.clone(),
            Content::Open(_) => Provenance::Open(cell.name().to_owned()),
            Content::Removed | Content::Nothing => continue,
        };
        let alike =
            |(other, placed): &&mut (&Cell<'_>, Placed)| std::ptr::eq(other.member, cell.member) && placed.from == from;
        if let Some((_, known)) = all.iter_mut().find(alike) {
            known.to.push(cell.spot.shown.clone());
            continue;
        }
        let made = matches!(from, Provenance::Request(_) | Provenance::Manifests(_));
        let placed = Placed {
            to: vec![cell.spot.shown.clone()],
            change: cell.member.change.clone().filter(|_| made),
            from,
            setting: cell.setting.clone(),
            because: cell.member.because.clone(),
            sources: old.migration.sources(&cell.member.src),
        };
        all.push((cell, placed));
    }
    all.into_iter().map(|(_, placed)| placed).collect()
}

/// What is asked for, each name once
fn asked<'c>(old: &OldRequest<'_>, cells: impl Iterator<Item = &'c Cell<'c>>) -> Vec<Asked> {
    let mut asks: Vec<Asked> = Vec::new();
    for cell in cells {
        let why = if let Content::Open(why) = &cell.content { why.clone() } else { None };
        if let Some(known) = asks.iter_mut().find(|known| known.name == cell.name()) {
            known.to.push(cell.spot.shown.clone());
            continue;
        }
        let ask = cell.member.ask.as_ref();
        asks.push(Asked {
            name: cell.name().to_owned(),
            to: vec![cell.spot.shown.clone()],
            what: ask.map_or_else(
                || "another value, or none (an empty one leaves it out)".to_owned(),
                |ask| ask.what.clone(),
            ),
            how: ask.and_then(|ask| ask.how.clone()),
            example: ask.and_then(|ask| ask.example.clone()),
            because: cell.member.because.clone(),
            why,
            sources: old.migration.sources(&cell.member.src),
        });
    }
    asks
}
