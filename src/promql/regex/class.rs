//! Classes of characters: `[a-z]`, `[[:alpha:]]`, `\p{Greek}`.

use super::{Need, Reader, Wrong};

/// The names between `[:` and `:]`.
const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Unicode's categories as Go names them.
const CATEGORIES: &str =
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs";

/// The scripts that Unicode 14 and 15 brought.
const NEWER_SCRIPTS: &[&str] = &["Cypro_Minoan", "Kawi", "Nag_Mundari", "Old_Uyghur", "Tangsa", "Toto", "Vithkuqi"];

/// Unicode's scripts as Go names them (Unicode 15, go1.21 to go1.26).
const SCRIPTS: &str = "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali \
     Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham \
     Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra \
     Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati \
     Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited \
     Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi \
     Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani \
     Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui \
     Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari \
     New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian \
     Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong \
     Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian \
     Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le \
     Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi \
     Wancho Warang_Citi Yezidi Yi Zanabazar_Square";

impl Reader<'_> {
    /// `[…]`.
    pub(super) fn class(&mut self) -> Result<(), Wrong> {
        let open = self.at;
        self.at += 1;
        if self.rest().starts_with('^') {
            self.at += 1;
        }
        let mut first = true;
        while first || !self.rest().starts_with(']') {
            first = false;
            if !self.member()? {
                self.range(open)?;
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A class inside a class, where one stands here.
    fn member(&mut self) -> Result<bool, Wrong> {
        let (from, rest) = (self.at, self.rest());
        if let Some((name, _)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
            let known = POSIX.contains(&name.strip_prefix('^').unwrap_or(name));
            self.at += name.len() + 4;
            return if known { Ok(true) } else { Err(self.wrong(from, "there is no such class:")) };
        }
        match rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
            Some('p' | 'P') => self.unicode().map(|()| true),
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
                self.at += 2;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A character, or two with a dash between.
    fn range(&mut self, open: usize) -> Result<(), Wrong> {
        let from = self.at;
        let low = self.character(open)?;
        let rest = self.rest();
        if rest.len() < 2 || !rest.starts_with('-') || rest.starts_with("-]") {
            return Ok(());
        }
        self.at += 1;
        let high = self.character(open)?;
        if high < low { Err(self.wrong(from, "the range runs backwards:")) } else { Ok(()) }
    }

    fn character(&mut self, open: usize) -> Result<u32, Wrong> {
        match self.rest().chars().next() {
            None => Err(Wrong { help: Some("it needs a `]`"), ..self.wrong(open, "a class is never closed:") }),
            Some('\\') => self.escape(),
            Some(c) => {
                self.at += c.len_utf8();
                Ok(u32::from(c))
            }
        }
    }

    /// `\pL`, `\p{Greek}`, `\P{^Greek}`.
    pub(super) fn unicode(&mut self) -> Result<(), Wrong> {
        let from = self.at;
        self.at += 2;
        let first = self.rest().chars().next();
        let name = match first {
            Some('{') => self.rest().get(1..).and_then(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()),
            first => Some(first.map(String::from).unwrap_or_default()),
        };
        let braces = if first == Some('{') { 2 } else { 0 };
        self.at = (self.at + name.as_ref().map_or(1, |name| name.len() + braces)).min(self.text.len());
        let name = name.as_deref().map(|name| name.strip_prefix('^').unwrap_or(name));
        match name {
            Some(name) if is_known(name) => {
                if NEWER_SCRIPTS.contains(&name) {
                    self.need(Need::Script);
                }
                Ok(())
            }
            _ => {
                let help = Some("classes are Unicode's categories and scripts, as `\\pL` and `\\p{Greek}`");
                Err(Wrong { help, ..self.wrong(from, "there is no such class:") })
            }
        }
    }
}

/// Whether there is a class of this name, exactly as it is written.
fn is_known(name: &str) -> bool {
    let one_of = |list: &'static str| list.split(' ').any(|known| known == name);
    name == "Any" || one_of(CATEGORIES) || one_of(SCRIPTS)
}
