//! Sources and documents made of others by their own words: they reach further than any bytes do.

/// Splitmix: the same numbers on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64, case: u64) -> Random {
        let mut random = Random(seed);
        random.0 = random.next() ^ case.wrapping_mul(0x2545_f491_4f6c_dd1d);
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub(crate) fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What texts of one language are changed with.
pub(crate) struct Words {
    /// Words that are more likely to do harm than others.
    pub(crate) edges: &'static [&'static str],
    /// What a part is put into; `#` stands for it.
    pub(crate) around: &'static [&'static str],
    /// What stands between the same part over and over.
    between: &'static [&'static str],
}

pub(crate) const OF_SOURCES: Words = Words {
    edges: &[
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615u",
        "1e308",
        "-1e308",
        "0.0",
        "0.1",
        "1u",
        "true",
        "null",
        "''",
        "'\\u0000'",
        "'é'",
        "b'\\xff'",
        "[]",
        "{}",
        "[1]",
        "event",
        "event.data",
        "event.data.free",
        "event.data.items",
        "who",
        "accounts",
        "cause",
        "local",
        "now",
        "action",
        "i",
        "@result",
        "'1d'",
        "duration('-315576000000s')",
        "timestamp('0001-01-01T00:00:00Z')",
        "last('payment.failed')",
        "count('page.viewed', '1h')",
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "!",
        "&&",
        "||",
        "?",
        ":",
        ",",
        ".",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
    ],
    around: &[
        "(#)",
        "!(#)",
        "-(#)",
        "[#]",
        "{'a': #}",
        "{#: 1}",
        "size(#)",
        "string(#)",
        "dyn(#)",
        "type(#)",
        "int(#)",
        "uint(#)",
        "double(#)",
        "bytes(#)",
        "timestamp(#)",
        "duration(#)",
        "bool(#)",
        "(#)[0]",
        "(#)['a']",
        "(#).a",
        "has(event.data.free.a) && (#)",
        "(#).exists(i, #)",
        "(#).all(i, i == #)",
        "(#).map(i, #)",
        "(#).filter(i, #).map(j, [i, j])",
        "(#).exists_one(i, i == i)",
        "(#) ? # : #",
        "(#) in [#]",
        "(#) + (#)",
        "(#) == (#)",
        "(#) < (#)",
        "(#) && (#)",
        "(#) || (#)",
        "(#).matches('a+')",
        "(#).getHours('Europe/Paris')",
        "(#) - (#)",
        "{'a': [#]}.a[0]",
        "[#, #].map(i, i + i)",
        "decide('tone-by-mood', {'mood': #, 'tier': #})",
        "(#).startsWith(#)",
        "sum('payment.failed', 'data.amount') + (#)",
        "distance_km(#, #)",
        "speed_kmh(#, #)",
        "age('accounts', #)",
    ],
    between: &[",", "+", " && ", " || ", ".", "", "==", "?1:", "("],
};

pub(crate) const OF_DOCUMENTS: Words = Words {
    edges: &[
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "1e309",
        "1e-400",
        "-0.0",
        "0.1",
        "1.0",
        "1e3",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"é\"",
        "[]",
        "{}",
        "\"9999-12-31T23:59:59Z\"",
        "\"2016-12-31T23:59:60Z\"",
        "\"2026-03-29T02:30:00+23:59\"",
        "\"Europe/Paris\"",
        "\"A2\"",
    ],
    around: &[
        "[#]",
        "{\"a\": #}",
        "[#, #]",
        "{\"free\": #}",
        "{\"items\": [#, #], \"free\": #}",
        "[[[[#]]]]",
    ],
    between: &[","],
};

/// How long a mutated text gets at most: enough for the longest source, and for lists that take work.
const BYTES_MAX: usize = 16 * 1024;

/// The words of a text: names and numbers, texts, operators, white space.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut made = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => text_length(rest, first),
            '0'..='9' => length_of(rest, |c| c.is_ascii_alphanumeric() || c == '.'),
            c if c == '_' || c.is_alphanumeric() => length_of(rest, |c| c == '_' || c.is_alphanumeric()),
            c if c.is_whitespace() => length_of(rest, char::is_whitespace),
            _ if ["&&", "||", "==", "!=", "<=", ">="].iter().any(|two| rest.starts_with(two)) => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        made.push(token.to_owned());
        rest = after;
    }
    made
}

fn length_of(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

fn text_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// One of the corpus, changed some times over.
pub(crate) fn mutated(corpus: &[Vec<String>], words: &Words, random: &mut Random) -> String {
    let mut made = random.of(corpus).clone();
    for _ in 0..random.below(5) {
        change(&mut made, corpus, words, random);
        if made.is_empty() || made.iter().map(String::len).sum::<usize>() > BYTES_MAX {
            break;
        }
    }
    let mut text = made.concat();
    if random.below(16) == 0 {
        scratch(&mut text, random);
    }
    text
}

/// Mostly puts whole parts for others, so that what comes of it is a text of the language; now and then single words.
fn change(made: &mut Vec<String>, corpus: &[Vec<String>], words: &Words, random: &mut Random) {
    let at = begin_of_part(made, random);
    let end = part_end(made, at);
    match random.below(40) {
        0 => drop(made.remove(at)),
        1 => made.insert(at, (*random.of(words.edges)).to_owned()),
        2 => {
            let other = random.below(made.len());
            made.swap(at, other);
        }
        3 => made.truncate(at + 1),
        4 => {
            let any = random.below(made.len());
            made[any] = (*random.of(words.edges)).to_owned();
        }
        5..=9 => {
            // The same over and over: chains, and long lists.
            let part = made[at..end].concat();
            let between = *random.of(words.between);
            let times = *random.of(&[2, 3, 30, 200, 1500]);
            let _ = made.splice(at..end, [vec![part; times].join(between)]);
        }
        10..=15 => {
            let _ = made.splice(at..end, [(*random.of(words.edges)).to_owned()]);
        }
        16..=24 => {
            let around = random.of(words.around).replace('#', &made[at..end].concat());
            let _ = made.splice(at..end, [around]);
        }
        25 => *made = vec![random.of(words.around).replace('#', &made.concat())],
        _ => {
            let line = random_line(corpus, random);
            let from = begin_of_part(line, random);
            let part = line[from..part_end(line, from)].to_vec();
            let _ = made.splice(at..end, part);
        }
    }
}

/// Where a name, a number, a text or a bracket begins, if some tries find one.
fn begin_of_part(tokens: &[String], random: &mut Random) -> usize {
    let is_begin = |c: char| c.is_alphanumeric() || "'\"([{".contains(c);
    let mut at = random.below(tokens.len());
    for _ in 0..8 {
        if tokens[at].starts_with(is_begin) {
            break;
        }
        at = random.below(tokens.len());
    }
    at
}

fn random_line<'c>(corpus: &'c [Vec<String>], random: &mut Random) -> &'c [String] {
    let line = random.of(corpus);
    if line.is_empty() { &corpus[0] } else { line }
}

/// Where the part ends that begins with a token: with the bracket that closes it, or with the token itself.
pub(crate) fn part_end(tokens: &[String], at: usize) -> usize {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

/// Single characters, where they do most.
fn scratch(text: &mut String, random: &mut Random) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let Some(at) = places.get(random.below(places.len())) else { return };
    match random.below(3) {
        0 => drop(text.remove(*at)),
        1 => text.truncate(*at),
        _ => text.insert(
            *at,
            *random.of(&[
                '\'', '"', '\\', '\0', '\u{feff}', 'é', '😀', '`', '\n', '{', '}', '\u{202e}', '#', '@', '\t',
            ]),
        ),
    }
}
