//! User-Agent Client Hints -> device.
//!
//! They come as headers (`Sec-CH-UA-Platform: "Android"`), or as a page's script is told them (`platform: Android`). Both
//! are read: the names in any case, with `-` or `_`, with or without `Sec-CH-UA`; the values with or without the quotes and
//! question marks of headers.

use crate::Device;

/// The longest hint that is looked at, in bytes.
pub const HINT_BYTES_MAX: usize = 1_024;
/// The most brands of a browser that are looked at: browsers name three.
const BRANDS_MAX: usize = 16;

/// What is read of the hints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    platform: Option<String>,
    is_mobile: Option<bool>,
    form: Option<String>,
    brands: Vec<String>,
}

/// What a hint is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// `Sec-CH-UA-Platform`, `platform`: the operating system.
    Platform,
    /// `Sec-CH-UA-Mobile`, `mobile`: whether pages should be those for phones.
    Mobile,
    /// `Sec-CH-UA-Form-Factors`, `formFactors`: what the device is to the hand.
    Form,
    /// `Sec-CH-UA`, `Sec-CH-UA-Full-Version-List`, `brands`, `fullVersionList`: the browser, and what it is like.
    Brands,
}

impl Hint {
    /// The hint of that name, if it is one that says what is asked for here.
    pub fn named(name: &str) -> Option<Hint> {
        if name.len() > HINT_BYTES_MAX {
            return None;
        }
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        match plain.strip_prefix("secchua").unwrap_or(&plain) {
            "platform" => Some(Hint::Platform),
            "mobile" => Some(Hint::Mobile),
            "formfactors" | "formfactor" => Some(Hint::Form),
            "" | "brands" | "fullversionlist" if !plain.is_empty() => Some(Hint::Brands),
            _ => None,
        }
    }
}

impl Hints {
    /// Takes a hint as its header has it, or as the bare text. What is none, or too long, is as if it were not there.
    pub fn read(&mut self, hint: Hint, text: &str) {
        let text = text.trim();
        if text.is_empty() || text.len() > HINT_BYTES_MAX {
            return;
        }
        let mut items = items(text);
        match hint {
            Hint::Platform => self.platform = items.next(),
            Hint::Form => self.form = items.next(),
            Hint::Brands => self.brands = items.take(BRANDS_MAX).collect(),
            Hint::Mobile => match text {
                "?1" | "true" | "1" => self.is_mobile = Some(true),
                "?0" | "false" | "0" => self.is_mobile = Some(false),
                _ => {}
            },
        }
    }

    /// What they say of the device, in the words that user agents are told in.
    pub fn device(&self) -> Device {
        let os = self.platform.as_deref().and_then(system);
        Device { kind: self.kind(os), os: os.map(str::to_owned), browser: self.browser() }
    }

    fn kind(&self, os: Option<&str>) -> Option<&'static str> {
        let form = self.form.as_deref().map(str::to_ascii_lowercase);
        match form.as_deref() {
            Some("mobile") => return Some("phone"),
            Some("tablet") => return Some("tablet"),
            Some("desktop") => return Some("desktop"),
            Some("watch") => return Some("wearable"),
            Some("automotive" | "xr" | "eink") => return Some("other"),
            _ => {}
        }
        match (os, self.is_mobile) {
            (_, Some(true)) => Some("phone"),
            (Some("Android"), Some(false)) => Some("tablet"),
            (Some("Windows" | "Mac OS X" | "Linux" | "Chrome OS"), _) => Some("desktop"),
            _ => None,
        }
    }

    fn browser(&self) -> Option<String> {
        // One of the brands is made up, so that nobody counts on the list: `Not/A)Brand`, say.
        let is_made_up = |brand: &str| brand.contains("Not") && brand.contains("Brand");
        let mut real = self.brands.iter().filter(|brand| !is_made_up(brand));
        let own = real.clone().find(|brand| *brand != "Chromium").or_else(|| real.next())?;
        let is_mobile = self.is_mobile == Some(true);
        let name = match (own.as_str(), is_mobile) {
            ("Google Chrome", false) => "Chrome",
            ("Google Chrome", true) => "Chrome Mobile",
            ("Microsoft Edge", false) => "Edge",
            ("Microsoft Edge", true) => "Edge Mobile",
            ("Opera", true) => "Opera Mobile",
            ("Android WebView", _) => "Chrome Mobile WebView",
            (other, _) => other,
        };
        Some(name.to_owned())
    }
}

/// A platform by the name that uap-core has for it.
fn system(platform: &str) -> Option<&str> {
    match platform {
        "macOS" => Some("Mac OS X"),
        "Chromium OS" | "Chrome OS" => Some("Chrome OS"),
        "Unknown" | "" => None,
        other => Some(other),
    }
}

/// The items of a header's list, without quotes, parameters and empty ones: `"Chromium";v="124", "Brave";v="124"`.
fn items(text: &str) -> impl Iterator<Item = String> {
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut is_quoted, mut is_parameter, mut is_escaped) = (false, false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => {
                is_escaped = true;
                continue;
            }
            '"' => {
                is_quoted = !is_quoted;
                continue;
            }
            ',' if !is_quoted => {
                items.push(std::mem::take(&mut item));
                is_parameter = false;
                continue;
            }
            ';' if !is_quoted => is_parameter = true,
            _ => {}
        }
        if !is_parameter {
            item.push(c);
        }
    }
    items.push(item);
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(hints: &[(&str, &str)]) -> (Option<&'static str>, Option<String>, Option<String>) {
        let mut read = Hints::default();
        for (name, text) in hints {
            read.read(Hint::named(name).unwrap(), text);
        }
        let Device { kind, os, browser } = read.device();
        (kind, os, browser)
    }

    #[test]
    fn headers_and_what_a_script_is_told_come_to_the_same() {
        let headers = device(&[
            ("Sec-CH-UA", r#""Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99""#),
            ("sec-ch-ua-mobile", "?1"),
            ("SEC_CH_UA_PLATFORM", r#""Android""#),
        ]);
        let told = device(&[
            ("brands", "Not/A)Brand, Chromium, Google Chrome"),
            ("mobile", "true"),
            ("platform", "Android"),
        ]);
        assert_eq!(headers, (Some("phone"), Some("Android".into()), Some("Chrome Mobile".into())));
        assert_eq!(headers, told);
    }

    #[test]
    fn the_form_wins_over_the_system_and_what_is_made_up_is_no_browser() {
        let desk = [("Sec-CH-UA-Platform", r#""macOS""#), ("Sec-CH-UA-Mobile", "?0")];
        assert_eq!(device(&desk), (Some("desktop"), Some("Mac OS X".into()), None));
        assert_eq!(
            device(&[("Sec-CH-UA-Platform", r#""Android""#), ("Sec-CH-UA-Mobile", "?0")]).0,
            Some("tablet")
        );
        assert_eq!(device(&[("Sec-CH-UA-Form-Factors", r#""Watch", "Mobile""#)]).0, Some("wearable"));
        assert_eq!(device(&[("Sec-CH-UA-Form-Factors", r#""Spoon""#)]).0, None);
        assert_eq!(
            device(&[("Sec-CH-UA", r#"" Not A;Brand";v="99", "Chromium";v="99""#)]).2,
            Some("Chromium".into())
        );
        assert_eq!(device(&[("Sec-CH-UA", r#""Not;A=Brand";v="8""#)]).2, None);
    }

    #[test]
    fn what_is_no_hint_says_nothing() {
        for name in ["", "-", "arch", "Sec-CH-UA-Arch", "user", &"m".repeat(5_000)] {
            assert_eq!(Hint::named(name), None, "{name}");
        }
        let long = "x".repeat(HINT_BYTES_MAX + 1);
        for text in ["", "   ", "\"", "\\", ",,,;;;", "\"\"", "Unknown", &long] {
            assert_eq!(device(&[("platform", text), ("mobile", text)]).0, None, "{text}");
        }
    }
}
