//! The elements that matter here, and how they nest.

macro_rules! tags {
    ($($variant:ident $name:literal)*) => {
        /// An element's name, or what else a node is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Tag {
            /// The page itself.
            Root,
            /// A text.
            Text,
            /// An element of HTML that has no rule here: it is inline.
            Inline,
            /// An element that HTML does not know: it is inline.
            Unknown,
            $($variant,)*
        }

        impl Tag {
            /// How many there are.
            pub(super) const COUNT: usize = [$(Tag::$variant),*].len() + 4;

            /// The tag of this name, in lower case.
            pub(super) fn named(name: &[u8]) -> Tag {
                match name {
                    $($name => Tag::$variant,)*
                    b"abbr" | b"acronym" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del" | b"dfn"
                    | b"font" | b"ins" | b"kbd" | b"mark" | b"nobr" | b"q" | b"ruby" | b"rp" | b"rt" | b"samp" | b"small"
                    | b"strike" | b"sub" | b"tt" | b"var" | b"wbr" | b"picture" | b"label" | b"output" | b"area"
                    | b"map" => Tag::Inline,
                    _ => Tag::Unknown,
                }
            }
        }
    };
}

tags! {
    A b"a" Address b"address" Article b"article" Aside b"aside" Audio b"audio" B b"b" Base b"base" Blockquote b"blockquote"
    Body b"body" Br b"br" Button b"button" Canvas b"canvas" Caption b"caption" Center b"center" Col b"col"
    Colgroup b"colgroup" Dd b"dd" Details b"details" Dialog b"dialog" Div b"div" Dl b"dl" Dt b"dt" Em b"em" Embed b"embed"
    Fieldset b"fieldset" Figcaption b"figcaption" Figure b"figure" Footer b"footer" Form b"form" Frame b"frame"
    Frameset b"frameset" H1 b"h1" H2 b"h2" H3 b"h3" H4 b"h4" H5 b"h5" H6 b"h6" Head b"head" Header b"header"
    Hgroup b"hgroup" Hr b"hr" Html b"html" I b"i" Iframe b"iframe" Img b"img" Input b"input" Legend b"legend" Li b"li"
    Link b"link" Main b"main" Math b"math" Menu b"menu" Meta b"meta" Nav b"nav" Noscript b"noscript" Object b"object"
    Ol b"ol" Optgroup b"optgroup" Option b"option" P b"p" Param b"param" Pre b"pre" S b"s" Script b"script"
    Search b"search" Section b"section" Select b"select" Source b"source" Span b"span" Strong b"strong" Style b"style"
    Sup b"sup" Summary b"summary" Svg b"svg" Table b"table" Tbody b"tbody" Td b"td" Template b"template"
    Textarea b"textarea" Tfoot b"tfoot" Th b"th" Thead b"thead" Time b"time" Title b"title" Tr b"tr" Track b"track" U b"u"
    Ul b"ul" Video b"video" Xmp b"xmp"
    AmpAd b"amp-ad" AmpSidebar b"amp-sidebar" AmpConsent b"amp-consent" AmpEmbed b"amp-embed"
}

impl Tag {
    /// Whether the element has no content.
    pub(super) fn is_void(self) -> bool {
        use Tag::*;
        matches!(self, Base | Br | Col | Embed | Frame | Hr | Img | Input | Link | Meta | Param | Source | Track)
    }

    /// Whether the element begins and ends a block of text.
    pub(super) fn is_block(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Address
                | Article
                | Aside
                | Blockquote
                | Body
                | Caption
                | Center
                | Dd
                | Details
                | Dialog
                | Div
                | Dl
                | Dt
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | H1
                | H2
                | H3
                | H4
                | H5
                | H6
                | Header
                | Hgroup
                | Hr
                | Legend
                | Li
                | Main
                | Menu
                | Nav
                | Ol
                | Optgroup
                | Option
                | P
                | Pre
                | Search
                | Section
                | Summary
                | Table
                | Tbody
                | Td
                | Tfoot
                | Th
                | Thead
                | Tr
                | Ul
                | Xmp
                | Root
                | AmpSidebar
        )
    }

    /// Whether a start tag of this element ends an open paragraph.
    pub(super) fn ends_paragraph(self) -> bool {
        use Tag::*;
        self.is_block()
            && !matches!(self, Caption | Legend | Optgroup | Option | Tbody | Td | Tfoot | Th | Thead | Tr | Root)
    }

    pub(super) fn is_heading(self) -> bool {
        use Tag::*;
        matches!(self, H1 | H2 | H3 | H4 | H5 | H6)
    }

    /// Whether the element is a piece of text rather than a container of pieces.
    pub(super) fn is_paragraph(self) -> bool {
        use Tag::*;
        self.is_heading()
            || matches!(self, P | Li | Td | Th | Dd | Dt | Pre | Blockquote | Address | Caption | Legend | Summary)
    }

    /// Whether an end tag outside cannot close what is open inside of this element.
    pub(super) fn is_scope(self) -> bool {
        use Tag::*;
        matches!(self, Root | Td | Th | Caption | Table | Template | Object | Svg)
    }

    /// Whether nothing in the element is text of the page.
    pub(super) fn is_never_text(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Audio
                | Button
                | Canvas
                | Dialog
                | Embed
                | Iframe
                | Input
                | Math
                | Noscript
                | Object
                | Option
                | Optgroup
                | Script
                | Select
                | Style
                | Svg
                | Template
                | Textarea
                | Title
                | Video
                | Frameset
                | Head
        )
    }

    /// The open elements that a start tag of this element closes, and those that stop the search for them.
    pub(super) fn closes(self) -> Option<(&'static [Tag], &'static [Tag])> {
        use Tag::*;
        Some(match self {
            Li => (&[Li], &[Ul, Ol, Menu]),
            Dd | Dt => (&[Dd, Dt], &[Dl]),
            Td | Th => (&[Td, Th], &[Tr, Table]),
            Tr => (&[Tr], &[Table, Tbody, Thead, Tfoot]),
            Tbody | Thead | Tfoot => (&[Tbody, Thead, Tfoot, Caption, Colgroup], &[Table]),
            Option => (&[Option], &[Select, Optgroup]),
            Optgroup => (&[Optgroup], &[Select]),
            A => (&[A], &[Table, Td, Div, P, Li, Article, Section]),
            H1 | H2 | H3 | H4 | H5 | H6 => (&[H1, H2, H3, H4, H5, H6], &[Div, Article, Section, Table]),
            _ => return None,
        })
    }
}
