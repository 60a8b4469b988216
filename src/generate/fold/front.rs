//! The best choices for every size: a Pareto front of size and cost

use super::KeyPattern;

/// A front keeps at most this many points; only foldings of very many prefixes have more, and lose a little
const MOST_POINTS: usize = 100;

/// What a folding costs, the first difference counts
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    /// Known objects granted beyond those needed
    pub(super) beyond: u64,
    /// Patterns that grant what nobody has listed, counted by the depth of their folder, 16 bits a depth:
    /// one near the bucket's root is worse than many below it
    pub(super) open: u128,
    /// How short these patterns are
    pub(super) short: u64,
}

impl Cost {
    /// Of a pattern that matches more than one key may have
    pub(super) fn open(prefix: &str, beyond: u64) -> Self {
        let depth = prefix.matches('/').count().min(7);
        let length = prefix.chars().count() as u64;
        Self { beyond, open: 1 << (16 * (7 - depth)), short: 2048_u64.saturating_sub(length) }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            beyond: self.beyond + other.beyond,
            open: self.open.saturating_add(other.open),
            short: self.short + other.short,
        }
    }
}

/// Where a choice stands in the arena
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChoiceId(usize);

#[derive(Debug)]
enum Choice {
    Nothing,
    Pattern(usize, KeyPattern),
    Both(ChoiceId, ChoiceId),
}

/// All choices of one folding
#[derive(Debug, Default)]
pub(super) struct Arena(Vec<Choice>);

impl Arena {
    fn add(&mut self, choice: Choice) -> ChoiceId {
        self.0.push(choice);
        ChoiceId(self.0.len() - 1)
    }

    /// The patterns of a choice, each with its bucket
    pub(super) fn patterns(&self, choice: ChoiceId) -> Vec<(usize, KeyPattern)> {
        let mut patterns = Vec::new();
        let mut open = vec![choice];
        while let Some(next) = open.pop() {
            match self.0.get(next.0) {
                Some(Choice::Pattern(bucket, pattern)) => patterns.push((*bucket, pattern.clone())),
                Some(Choice::Both(one, other)) => open.extend([*one, *other]),
                Some(Choice::Nothing) | None => {}
            }
        }
        patterns
    }
}

#[derive(Debug, Clone, Copy)]
struct Point {
    size: usize,
    cost: Cost,
    choice: ChoiceId,
}

/// Points by growing size, each cheaper than those before
#[derive(Debug, Clone, Default)]
pub(super) struct Front(Vec<Point>);

impl Front {
    /// No pattern at all
    pub(super) fn nothing(arena: &mut Arena) -> Self {
        let choice = arena.add(Choice::Nothing);
        Self(vec![Point { size: 0, cost: Cost::default(), choice }])
    }

    /// One pattern, if it fits
    pub(super) fn add(&mut self, pattern: (usize, KeyPattern), size: usize, cost: Cost, arena: &mut Arena) {
        let choice = arena.add(Choice::Pattern(pattern.0, pattern.1));
        self.0.push(Point { size, cost, choice });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cheapest choice
    pub(super) fn best(&self) -> Option<ChoiceId> {
        self.0.last().map(|point| point.choice)
    }

    /// The choices of both
    pub(super) fn or(mut self, other: Self, limit: usize) -> Self {
        self.0.extend(other.0);
        self.tidy(limit);
        self
    }

    /// Each choice of one with each of the other
    pub(super) fn join(&self, other: &Self, limit: usize, arena: &mut Arena) -> Self {
        let mut pairs = Vec::with_capacity(self.0.len() * other.0.len());
        for one in &self.0 {
            let fitting = other.0.iter().take_while(|other| one.size + other.size <= limit);
            pairs.extend(
                fitting.map(|other| (one.size + other.size, one.cost.plus(other.cost), one.choice, other.choice)),
            );
        }
        pairs.sort_unstable_by_key(|(size, cost, ..)| (*size, *cost));
        let mut joined = Vec::new();
        let mut best: Option<Cost> = None;
        for (size, cost, one, other) in pairs {
            if best.is_none_or(|best| cost < best) {
                best = Some(cost);
                joined.push((size, cost, one, other));
            }
        }
        let points = thinned(joined).into_iter();
        let points =
            points.map(|(size, cost, one, other)| Point { size, cost, choice: arena.add(Choice::Both(one, other)) });
        Self(points.collect())
    }

    fn tidy(&mut self, limit: usize) {
        self.0.retain(|point| point.size <= limit);
        self.0.sort_by_key(|point| (point.size, point.cost));
        let mut best: Option<Cost> = None;
        self.0.retain(|point| {
            let better = best.is_none_or(|best| point.cost < best);
            best = if better { Some(point.cost) } else { best };
            better
        });
        self.0 = thinned(std::mem::take(&mut self.0));
    }
}

/// Leaves out points of a long front, never the smallest and never the cheapest
fn thinned<T>(points: Vec<T>) -> Vec<T> {
    let count = points.len();
    if count <= MOST_POINTS {
        return points;
    }
    let kept = |place: usize| {
        place == 0 || place + 1 == count || place * MOST_POINTS / count != (place - 1) * MOST_POINTS / count
    };
    points.into_iter().enumerate().filter(|(place, _)| kept(*place)).map(|(_, point)| point).collect()
}
