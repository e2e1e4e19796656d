//! Web and e-mail addresses, hashtags and mentions.

use super::classes::Class;
use super::scan::{Scanner, Segment};
use warraq_core::{Token, TokenKind};

/// The most bytes before the `@` of an e-mail address (RFC 5321, section 4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// The most bytes of a domain name (RFC 1035, section 2.3.4).
const DOMAIN: usize = 255;
/// The top-level domains by which a bare name is taken for a web address: the first ones (RFC 920) and `.info`. Country
/// codes are too easily the start of a sentence that lacks its space.
const TOP_LEVEL: [&str; 8] = ["com", "net", "org", "edu", "gov", "mil", "int", "info"];

impl Scanner {
    /// The end of what starts with a mark and is one token nevertheless, with its token pushed: an e-mail address, a mention,
    /// a hashtag, an emoticon, a character reference.
    #[inline(always)]
    pub(super) fn special(&self, text: &str, at: usize, class: Class, tokens: &mut Vec<Token>) -> Option<usize> {
        match text.as_bytes()[at] {
            b'@' | b'#' => self.at_sign_or_hash(text, at, class, tokens),
            b':' | b';' => emoticon(text.as_bytes(), at, tokens),
            b'&' => character_reference(text.as_bytes(), at, tokens),
            _ => None,
        }
    }

    /// The end of the e-mail address, mention or hashtag at whose `@` or `#` the scanner stands, with its token pushed.
    #[inline(never)]
    pub(super) fn at_sign_or_hash(
        &self,
        text: &str,
        at: usize,
        class: Class,
        tokens: &mut Vec<Token>,
    ) -> Option<usize> {
        if class == Class::At
            && let Some((start, end)) = email(text.as_bytes(), at)
        {
            take_back(tokens, start);
            push(tokens, start, end, TokenKind::Email);
            return Some(end);
        }
        let glued = tokens.last().is_some_and(|t| {
            t.end as usize == at && !matches!(t.kind, TokenKind::Punctuation | TokenKind::Symbol | TokenKind::Emoji)
        });
        if glued {
            return None;
        }
        let (end, has_letters) = self.name(text.as_bytes(), at + 1);
        let kind = if class == Class::At { TokenKind::Mention } else { TokenKind::Hashtag };
        // `#1` is a rank, as the makers of hashtags have it too.
        if end == at + 1 || kind == TokenKind::Hashtag && !has_letters {
            return None;
        }
        push(tokens, at, end, kind);
        Some(end)
    }

    /// The end of the letters, marks, digits and underscores at `start`, and whether there are letters.
    fn name(&self, bytes: &[u8], start: usize) -> (usize, bool) {
        let (mut end, mut at, mut has_letters) = (start, start, false);
        while at < bytes.len() {
            let (class, len) = self.classes.at(bytes, at);
            at += len;
            match class {
                Class::Numeric | Class::NumLet => end = at,
                Class::Katakana | Class::Complex | Class::Glyph => (end, has_letters) = (at, true),
                _ if class.is_letter() => (end, has_letters) = (at, true),
                Class::Extend if end > start => end = at,
                // Inside a name only: a trailing one has no effect.
                Class::Hidden | Class::Zwj if end > start => {}
                _ => break,
            }
        }
        (end, has_letters)
    }

    /// The end of the web address that starts with `segment`, a word in Latin letters, with its token pushed.
    #[inline(always)]
    pub(super) fn address(&self, text: &str, segment: Segment, tokens: &mut Vec<Token>) -> Option<usize> {
        let next = text.as_bytes().get(segment.end).copied();
        if !segment.seen.has(Class::FullStop) && !matches!(next, Some(b':' | b'.')) {
            return None;
        }
        self.web_address(text, segment, tokens)
    }

    #[inline(never)]
    fn web_address(&self, text: &str, segment: Segment, tokens: &mut Vec<Token>) -> Option<usize> {
        let word = &text[segment.start..segment.end];
        let rest = &text.as_bytes()[segment.end..];
        let mut start = segment.start;
        let has_www = word.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("www."))
            || word.eq_ignore_ascii_case("www")
                && rest.starts_with(b".")
                && rest.get(1).is_some_and(|c| c.is_ascii_alphanumeric());
        let has_scheme =
            rest.starts_with(b"://") && ["http", "https", "ftp"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
        let end = if has_scheme {
            let end = self.trimmed_address(text, segment.start, segment.end + 3);
            if end <= segment.end + 3 {
                return None;
            }
            end
        } else if has_www {
            self.trimmed_address(text, segment.start, segment.end)
        } else {
            // `my-site.example.com` reaches the scanner as `my`, `-` and `site.example.com`.
            start = domain_start(text.as_bytes(), segment.start);
            let end = domain_end(text.as_bytes(), start);
            let (name, top_level) = text.get(start..end)?.rsplit_once('.')?;
            let known = TOP_LEVEL.iter().any(|known| top_level.eq_ignore_ascii_case(known));
            if !known || name.is_empty() || end < segment.end || text.as_bytes().get(end) == Some(&b'@') {
                return None;
            }
            match text.as_bytes().get(end) {
                Some(b'/') => self.trimmed_address(text, start, end),
                _ => end,
            }
        };
        take_back(tokens, start);
        push(tokens, start, end, TokenKind::Url);
        Some(end)
    }

    /// Where the web address that starts at `start` ends, `known` being inside it or its end: at white space, a quotation
    /// mark or anything else that addresses do not have; without the punctuation of the sentence around it, and without a
    /// closing bracket that was not opened in it.
    fn trimmed_address(&self, text: &str, start: usize, known: usize) -> usize {
        let bytes = text.as_bytes();
        let mut end = known;
        // How many brackets more are opened than closed, for the trimming below.
        let (mut round, mut square) = (0_i64, 0_i64);
        while end < bytes.len() {
            let (class, len) = self.classes.at(bytes, end);
            let fits = match class {
                Class::Mark | Class::Other => {
                    bytes[end].is_ascii()
                        && !matches!(bytes[end], b'{' | b'}' | b'|' | b'\\' | b'^')
                        && !bytes[end].is_ascii_control()
                }
                Class::RunSymbol => matches!(bytes[end], b'=' | b'~' | b'+'),
                Class::RunMark | Class::MidNum | Class::MidNumLet => bytes[end].is_ascii(),
                Class::DoubleQuote | Class::Emoji | Class::Pictograph | Class::PictMark => false,
                Class::Format => false,
                _ => !class.is_blank(),
            };
            if !fits {
                break;
            }
            match bytes[end] {
                b'(' => round += 1,
                b')' => round -= 1,
                b'[' => square += 1,
                b']' => square -= 1,
                _ => {}
            }
            end += len;
        }
        while end > known.max(start + 1) {
            match bytes[end - 1] {
                b')' if round < 0 => round += 1,
                b']' if square < 0 => square += 1,
                b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'(' | b'[' => {}
                _ => break,
            }
            end -= 1;
        }
        end
    }
}

/// `:)`, `;-)`, `:D` and the like, between white space, or before the punctuation of the sentence.
#[inline(never)]
fn emoticon(bytes: &[u8], at: usize, tokens: &mut Vec<Token>) -> Option<usize> {
    let is_free = tokens.last().is_none_or(|token| (token.end as usize) < at || token.kind == TokenKind::Emoji);
    let nose = usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'\'')));
    let mouth = at + 1 + nose;
    let first = *bytes.get(mouth)?;
    if !is_free || !matches!(first, b')' | b'(' | b'D' | b'P' | b'p' | b'O' | b'o' | b'/' | b'|' | b'*' | b']' | b'[') {
        return None;
    }
    let end = mouth + bytes[mouth..].iter().take_while(|&&byte| byte == first).count();
    if !bytes.get(end).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'.' | b',' | b'!' | b'?' | b':'))
    {
        return None;
    }
    push(tokens, at, end, TokenKind::Emoji);
    Some(end)
}

/// A character reference that was left over from HTML, `&amp;` or `&#39;`; two apostrophes are one quotation mark.
#[inline(never)]
fn character_reference(bytes: &[u8], at: usize, tokens: &mut Vec<Token>) -> Option<usize> {
    // The longest are those of the highest code points, and none of these names has more letters.
    let len = bytes[at..].iter().take(10).position(|&byte| byte == b';')? + 1;
    let kind = match &bytes[at + 1..at + len - 1] {
        b"quot" | b"apos" | b"#34" | b"#39" | b"#x27" | b"#x22" => TokenKind::Punctuation,
        b"amp" | b"lt" | b"gt" | b"nbsp" | b"copy" | b"reg" => TokenKind::Symbol,
        [b'#', b'x' | b'X', hex @ ..] if !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit) => TokenKind::Symbol,
        [b'#', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => TokenKind::Symbol,
        _ => return None,
    };
    let end = at + len;
    let is_apostrophe = bytes[at..].starts_with(b"&#39;");
    let end = if is_apostrophe && bytes[end..].starts_with(b"&#39;") { end + len } else { end };
    push(tokens, at, end, kind);
    Some(end)
}

fn push(tokens: &mut Vec<Token>, start: usize, end: usize, kind: TokenKind) {
    tokens.push(Token { start: start as u32, end: end as u32, kind });
}

/// Takes back the tokens from byte `start` on, which turned out to be the start of something longer.
fn take_back(tokens: &mut Vec<Token>, start: usize) {
    while let Some(last) = tokens.last_mut() {
        if last.start as usize >= start {
            tokens.pop();
        } else {
            last.end = last.end.min(start as u32);
            break;
        }
    }
}

/// The e-mail address around the `@` at `at`: the ASCII subset of RFC 5322's dot-atom on the left, host names with a dot on
/// the right.
fn email(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let local = bytes[at.saturating_sub(LOCAL_PART)..at].iter().rev().take_while(|&b| is_local(b)).count();
    let mut start = at - local;
    // An address does not start with a dot or a dash, but one may come right before it.
    while start < at && !bytes[start].is_ascii_alphanumeric() && bytes[start] != b'_' {
        start += 1;
    }
    let end = domain_end(bytes, at + 1);
    let domain = &bytes[at + 1..end];
    let top_level = domain.rsplit(|&b| b == b'.').next().unwrap_or_default();
    let fits = start < at
        && top_level.len() < domain.len()
        && top_level.len() >= 2
        && top_level.iter().all(u8::is_ascii_alphabetic);
    fits.then_some((start, end))
}

/// The end of the host name that starts at `start`: labels of ASCII letters, digits and inner dashes between dots.
fn domain_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    for (i, &b) in bytes[start..].iter().enumerate().take(DOMAIN) {
        if b.is_ascii_alphanumeric() {
            end = start + i + 1;
        } else if b != b'-' && (b != b'.' || end != start + i) || end == start {
            break;
        }
    }
    end
}

/// Where a host name starts whose last labels start at `at`.
fn domain_start(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[at.saturating_sub(DOMAIN)..at];
    let part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let mut start = at - before.iter().rev().take_while(|&b| part(b)).count();
    while start < at && bytes[start] == b'-' {
        start += 1;
    }
    start
}
