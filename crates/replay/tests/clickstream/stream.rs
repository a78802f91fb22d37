//! The click stream of the shop: its rows as the shop's tracker would publish them, and what a recount by brute force
//! makes of them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use segue_model::Timestamp;
use serde_json::json;

const STREAM: &[u8] = include_bytes!("../../../../tests/data/clickstream/ecom.csv.gz");

pub(crate) const MINUTE: i64 = 60_000;

/// One row.
pub(crate) struct Click {
    /// The number of its row, which is the click's id.
    pub(crate) number: usize,
    pub(crate) user: String,
    pub(crate) session: String,
    pub(crate) kind: String,
    pub(crate) platform: String,
    pub(crate) at: i64,
}

/// The rows by time; those of one second in the order of the file.
pub(crate) fn clicks() -> Vec<Click> {
    let mut text = String::new();
    let _ = flate2::read::GzDecoder::new(STREAM).read_to_string(&mut text).unwrap();
    let mut clicks: Vec<Click> =
        text.lines().skip(1).enumerate().map(|(row, line)| click(row + 1, line)).collect();
    clicks.sort_by_key(|click| click.at);
    clicks
}

/// No field of this file has quotes.
fn click(number: usize, line: &str) -> Click {
    let fields: Vec<&str> = line.split(',').collect();
    let at = Timestamp::parse(&format!("{}Z", fields[3].replace(' ', "T"))).unwrap();
    let text = |field: usize| fields[field].to_owned();
    Click { number, user: text(0), session: text(1), kind: text(2), platform: text(4), at: at.0 }
}

impl Click {
    /// The message that the tracker publishes.
    pub(crate) fn message(&self) -> String {
        json!({
            "event": self.kind,
            "click_id": format!("click-{}", self.number),
            "clicked_at": Timestamp(self.at).to_string(),
            "user_id": self.user,
            "session_id": self.session,
            "platform": self.platform,
        })
        .to_string()
    }

    /// The line that `segue replay` reads: the message as it was recorded at its own time.
    pub(crate) fn line(&self) -> String {
        let (key, message) = (&self.user, self.message());
        format!(r#"{{"topic":"shop.clicks","key":"{key}","value":{message},"at":{}}}"#, self.at)
    }
}

/// The bundle that comes with the project.
pub(crate) fn bundle_dir() -> PathBuf {
    // The manifest of a crate of `crates/`, or of the workspace.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|above| above.join("examples/clickstream")).find(|path| path.is_dir()).unwrap()
}

/// The chats shortly after trouble. For every chat, all rows before it are looked through: is there a payment of the
/// session short enough ago, and no purchase since?
pub(crate) fn help_recounted(clicks: &[Click], window: i64) -> Vec<usize> {
    let has_trouble = |at: usize| {
        let chat = &clicks[at];
        let before = clicks[..at].iter().rev().filter(|click| click.session == chat.session);
        let mut since = before.take_while(|click| click.kind != "purchase");
        let payment = since.find(|click| click.kind == "payment_details");
        payment.is_some_and(|payment| chat.at - payment.at < window)
    };
    (0..clicks.len()).filter(|at| clicks[*at].kind == "support_chat" && has_trouble(*at)).collect()
}

/// The views that are so many within the window. For every view, all views of the user are counted anew.
pub(crate) fn interest_recounted(clicks: &[Click], views: usize, window: i64) -> Vec<usize> {
    let mut of_users = BTreeMap::<&str, Vec<usize>>::new();
    for (place, click) in clicks.iter().enumerate().filter(|(_, click)| click.kind == "product_view") {
        of_users.entry(&click.user).or_default().push(place);
    }
    let is_enough = |all: &[usize], last: usize| {
        let at = clicks[all[last]].at;
        all[..=last].iter().filter(|seen| clicks[**seen].at > at - window).count() >= views
    };
    let enough = |all: Vec<usize>| {
        let places: Vec<usize> = (0..all.len()).filter(|last| is_enough(&all, *last)).collect();
        places.into_iter().map(move |last| all[last])
    };
    let mut found: Vec<usize> = of_users.into_values().flat_map(enough).collect();
    found.sort_unstable();
    found
}

/// Those of the places that no other of the same user came before within the silence.
pub(crate) fn after_silence(clicks: &[Click], places: &[usize], silence: i64) -> Vec<usize> {
    let mut latest = BTreeMap::<&str, i64>::new();
    let is_heard = |place: &&usize| {
        let Click { user, at, .. } = &clicks[**place];
        let is_silent = latest.get(user.as_str()).is_some_and(|latest| at - latest < silence);
        if !is_silent {
            let _ = latest.insert(user, *at);
        }
        !is_silent
    };
    places.iter().filter(is_heard).copied().collect()
}
