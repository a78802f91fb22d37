use super::*;

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";

#[test]
fn a_kind_is_told_of_what_makers_write() {
    for (agent, kind) in [
        (IPHONE, "phone"),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
            "phone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            "tablet",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1",
            "tablet",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            "desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
            "desktop",
        ),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "desktop"),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            "desktop",
        ),
        (
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/6.0 TV Safari/537.36",
            "tv",
        ),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "other"),
        ("curl/8.7.1", "other"),
    ] {
        assert_eq!(Agents::default().device(agent).kind, Some(kind), "{agent}");
    }
}

#[test]
fn what_was_asked_before_is_answered_the_same() {
    let agents = Agents::default();
    let first = agents.device(IPHONE);
    assert_eq!((first.os.as_deref(), first.browser.as_deref()), (Some("iOS"), Some("Mobile Safari")));
    assert_eq!(agents.device(&format!("  {IPHONE} ")), first);
}

#[test]
fn what_is_kept_is_bounded_in_number_and_in_bytes() {
    let device = Device { kind: None, os: Some("o".repeat(8)), browser: None };
    let mut few = Kept::default();
    for n in 0..3 * KEPT_MAX {
        few.keep(&n.to_string(), device.clone());
        assert!(few.late.len() <= KEPT_MAX && few.before.len() <= KEPT_MAX);
    }
    let mut long = Kept::default();
    for n in 0..3 * (KEPT_BYTES_MAX / AGENT_BYTES_MAX) {
        long.keep(&format!("{n:0>AGENT_BYTES_MAX$}"), device.clone());
        let bytes = |kept: &BTreeMap<String, Device>| kept.keys().map(|key| key.len() + 8).sum::<usize>();
        assert!(bytes(&long.late) <= KEPT_BYTES_MAX && bytes(&long.before) <= KEPT_BYTES_MAX);
    }
    assert!(!long.before.is_empty());
}

#[test]
fn nothing_is_known_of_no_text_and_of_too_much_of_it() {
    let agents = Agents::default();
    for agent in ["", " \n", &format!("{IPHONE}{}", " x".repeat(AGENT_BYTES_MAX))] {
        assert_eq!(agents.device(agent), Device::default());
    }
    for agent in ["\u{0}", "(((((", "\\", "Mozilla/5.0 (", "😀 Mobile"] {
        let _ = agents.device(agent);
    }
}
