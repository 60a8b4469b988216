//! How many objects are asked about at once: more while answers come, half as many when the service slows down

use std::time::Duration;

const FIRST: usize = 16;
const MOST: usize = 128;
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// After so many pauses without one answer between them, there is no point in going on
const MOST_PAUSES: u32 = 12;

/// Additive increase, multiplicative decrease
#[derive(Debug)]
pub(super) struct Pace {
    limit: usize,
    answered: usize,
    pauses: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { limit: FIRST, answered: 0, pauses: 0 }
    }

    /// How many calls may be under way
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// An answer came
    pub(super) fn answered(&mut self) {
        self.pauses = 0;
        self.answered += 1;
        if self.answered >= self.limit {
            self.answered = 0;
            self.limit = (self.limit + self.limit / 4 + 1).min(MOST);
        }
    }

    /// A call was turned away: how long to send nothing, `None` when it is time to give up
    pub(super) fn turned_away(&mut self) -> Option<Duration> {
        self.limit = (self.limit / 2).max(1);
        self.answered = 0;
        self.pauses += 1;
        let pause = SHORTEST_PAUSE * 2_u32.saturating_pow(self.pauses - 1);
        (self.pauses <= MOST_PAUSES).then_some(pause.min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speeds_up_slows_down_and_gives_up() {
        let mut pace = Pace::new();
        (0..10_000).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), MOST);
        assert_eq!(pace.turned_away(), Some(SHORTEST_PAUSE));
        assert_eq!(pace.limit(), MOST / 2);
        let pauses = (1..MOST_PAUSES).map_while(|_| pace.turned_away()).max();
        assert_eq!((pauses, pace.limit()), (Some(LONGEST_PAUSE), 1));
        assert_eq!(pace.turned_away(), None);
        pace.answered();
        assert_eq!(pace.turned_away(), Some(SHORTEST_PAUSE));
    }
}
