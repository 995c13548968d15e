"""Lines of text and rules on PDF pages, by Pango and Cairo: shaped in any script, in the memory of one page.

The libraries are those that Debian's packages bring; WeasyPrint loads the same Pango. Lengths are in points, y grows
downwards.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cffi

_HAN = {"ja": ("CJK JP", "CJK TC")}  # a character shared by both has the strokes of the report's language
_OTHERS = ("Arabic", "Hebrew", "Devanagari")


def families(language: str) -> str:
    """Fonts in the order in which they are asked for a glyph."""
    kinds = (*_HAN.get(language, ("CJK TC", "CJK JP")), *_OTHERS)
    return ", ".join(("Noto Sans", *(f"Noto Sans {kind}" for kind in kinds), "sans-serif"))


_UNITS = 1024  # of Pango in a point
_WRAP_WORD_CHAR, _ELLIPSIZE_END, _HINT_OFF, _CREATED, _MODIFIED = 2, 3, 1, 5, 6

_ffi = cffi.FFI()
_ffi.cdef("""
typedef struct _c cairo_t; typedef struct _s cairo_surface_t; typedef struct _o cairo_font_options_t;
typedef struct _l PangoLayout; typedef struct _x PangoContext; typedef struct _d PangoFontDescription;
cairo_surface_t *cairo_pdf_surface_create(const char *filename, double width, double height);
void cairo_pdf_surface_set_metadata(cairo_surface_t *surface, int what, const char *text);
cairo_t *cairo_create(cairo_surface_t *surface);
int cairo_status(cairo_t *cr);
int cairo_surface_status(cairo_surface_t *surface);
const char *cairo_status_to_string(int status);
void cairo_destroy(cairo_t *cr);
void cairo_surface_finish(cairo_surface_t *surface);
void cairo_surface_destroy(cairo_surface_t *surface);
void cairo_show_page(cairo_t *cr);
void cairo_move_to(cairo_t *cr, double x, double y);
void cairo_set_source_rgb(cairo_t *cr, double red, double green, double blue);
void cairo_rectangle(cairo_t *cr, double x, double y, double width, double height);
void cairo_fill(cairo_t *cr);
cairo_font_options_t *cairo_font_options_create(void);
void cairo_font_options_set_hint_metrics(cairo_font_options_t *options, int hint);
void cairo_font_options_set_hint_style(cairo_font_options_t *options, int style);
void cairo_font_options_destroy(cairo_font_options_t *options);
PangoLayout *pango_cairo_create_layout(cairo_t *cr);
void pango_cairo_show_layout(cairo_t *cr, PangoLayout *layout);
void pango_cairo_context_set_font_options(PangoContext *context, const cairo_font_options_t *options);
PangoContext *pango_layout_get_context(PangoLayout *layout);
void pango_context_set_round_glyph_positions(PangoContext *context, int round);
void pango_layout_context_changed(PangoLayout *layout);
void pango_layout_set_text(PangoLayout *layout, const char *text, int length);
void pango_layout_set_width(PangoLayout *layout, int width);
void pango_layout_set_height(PangoLayout *layout, int height);
void pango_layout_set_wrap(PangoLayout *layout, int wrap);
void pango_layout_set_ellipsize(PangoLayout *layout, int ellipsize);
void pango_layout_get_size(PangoLayout *layout, int *width, int *height);
int pango_layout_get_baseline(PangoLayout *layout);
int pango_layout_get_unknown_glyphs_count(PangoLayout *layout);
void pango_layout_set_font_description(PangoLayout *layout, const PangoFontDescription *description);
PangoFontDescription *pango_font_description_from_string(const char *text);
void pango_font_description_set_absolute_size(PangoFontDescription *description, double size);
void pango_font_description_set_weight(PangoFontDescription *description, int weight);
void pango_font_description_free(PangoFontDescription *description);
void g_object_unref(void *object);
""")


class Libraries(NamedTuple):
    cairo: Any
    pango: Any
    both: Any
    objects: Any


def _load() -> Libraries:
    names = ("libcairo.so.2", "libpango-1.0.so.0", "libpangocairo-1.0.so.0", "libgobject-2.0.so.0")
    return Libraries(*(_ffi.dlopen(name) for name in names))


@dataclass(frozen=True)
class Style:
    """Size in points; `colour` red, green, blue of 0 to 1."""

    size: float
    colour: tuple[float, float, float]
    weight: int = 400


class Set(NamedTuple):
    """Text that was set: its size, and how far its first baseline lies below its top."""

    width: float
    height: float
    baseline: float


class Canvas:
    """Pages of one size, written to a file one by one. Raises RuntimeError when Cairo does."""

    def __init__(self, path: str, size: tuple[float, float], created: str, language: str = "en") -> None:
        self._lib = _load()
        cairo = self._lib.cairo
        self.size, self._families = size, families(language)
        self._surface = cairo.cairo_pdf_surface_create(path.encode(), *size)
        for what in (_CREATED, _MODIFIED):
            cairo.cairo_pdf_surface_set_metadata(self._surface, what, created.encode())
        self._cr = cairo.cairo_create(self._surface)
        self._layouts: dict[tuple[Style, int], Any] = {}
        self._numbers = _ffi.new("int[2]")
        self._check(cairo.cairo_status(self._cr))

    def _check(self, status: int) -> None:
        if status:
            raise RuntimeError(_ffi.string(self._lib.cairo.cairo_status_to_string(status)).decode())

    def _layout(self, style: Style) -> Any:
        """Glyphs stand where the font has them, not on a screen's pixels."""
        cairo, pango, both, _objects = self._lib
        layout = both.pango_cairo_create_layout(self._cr)
        options = cairo.cairo_font_options_create()
        cairo.cairo_font_options_set_hint_metrics(options, _HINT_OFF)
        cairo.cairo_font_options_set_hint_style(options, _HINT_OFF)
        context = pango.pango_layout_get_context(layout)
        both.pango_cairo_context_set_font_options(context, options)
        pango.pango_context_set_round_glyph_positions(context, 0)
        cairo.cairo_font_options_destroy(options)
        font = pango.pango_font_description_from_string(self._families.encode())
        pango.pango_font_description_set_absolute_size(font, style.size * _UNITS)
        pango.pango_font_description_set_weight(font, style.weight)
        pango.pango_layout_set_font_description(layout, font)
        pango.pango_font_description_free(font)
        pango.pango_layout_set_wrap(layout, _WRAP_WORD_CHAR)
        pango.pango_layout_set_ellipsize(layout, _ELLIPSIZE_END)
        pango.pango_layout_context_changed(layout)
        return layout

    def set(self, style: Style, words: str, width: float, lines: int, slot: int = 0) -> Set:
        """Sets words for `show`, on one line where they fit into `width`, else on at most `lines`.

        A slot keeps what was set in it: a row's cells are all set before the first is drawn.
        """
        layout = self._layouts.get((style, slot))
        if layout is None:
            layout = self._layouts[style, slot] = self._layout(style)
        pango = self._lib.pango
        pango.pango_layout_set_width(layout, -1)
        pango.pango_layout_set_text(layout, words.encode("utf-8", "replace"), -1)
        found = self._measured(layout)
        if found.width > width:
            pango.pango_layout_set_height(layout, -lines)
            pango.pango_layout_set_width(layout, int(width * _UNITS))
            found = self._measured(layout)
        return found

    def _measured(self, layout: Any) -> Set:
        pango, numbers = self._lib.pango, self._numbers
        pango.pango_layout_get_size(layout, numbers, numbers + 1)
        baseline = pango.pango_layout_get_baseline(layout)
        return Set(numbers[0] / _UNITS, numbers[1] / _UNITS, baseline / _UNITS)

    def unknown(self, style: Style, slot: int = 0) -> bool:
        """Whether no font has a glyph for some character of what was set last."""
        return bool(self._lib.pango.pango_layout_get_unknown_glyphs_count(self._layouts[style, slot]))

    def show(self, style: Style, x: float, y: float, slot: int = 0) -> None:
        """Draws what was set last in this style and slot, its top left corner here."""
        self._lib.cairo.cairo_set_source_rgb(self._cr, *style.colour)
        self._lib.cairo.cairo_move_to(self._cr, x, y)
        self._lib.both.pango_cairo_show_layout(self._cr, self._layouts[style, slot])

    def box(self, colour: tuple[float, float, float], x: float, y: float, width: float, height: float) -> None:
        cairo = self._lib.cairo
        cairo.cairo_set_source_rgb(self._cr, *colour)
        cairo.cairo_rectangle(self._cr, x, y, width, height)
        cairo.cairo_fill(self._cr)

    def end_page(self) -> None:
        self._lib.cairo.cairo_show_page(self._cr)
        self._check(self._lib.cairo.cairo_status(self._cr))

    def close(self) -> None:
        cairo = self._lib.cairo
        for layout in self._layouts.values():
            self._lib.objects.g_object_unref(layout)
        self._layouts.clear()
        cairo.cairo_destroy(self._cr)
        cairo.cairo_surface_finish(self._surface)
        status = cairo.cairo_surface_status(self._surface)
        cairo.cairo_surface_destroy(self._surface)
        self._check(status)
