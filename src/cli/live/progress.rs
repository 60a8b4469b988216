//! How far the reading of objects has come, on a terminal

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::aws::Progress;
use crate::cli::terminal::Terminal;

/// Below this number nobody would see the bar
const MANY: usize = 200;

/// A bar on standard error, hidden where that is no terminal
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::hidden();
        let style = ProgressStyle::with_template("dataset objects {bar:30} {pos}/{len} {per_sec} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_length(0);
        Self(bar)
    }
}

impl Progress for Bar {
    fn expect(&self, objects: usize) {
        self.0.inc_length(objects as u64);
        if objects >= MANY && Terminal::shows_progress() {
            self.0.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            self.0.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
