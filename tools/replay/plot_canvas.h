/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/plot_canvas.h - a picture to draw on, and what all of ours share: paper, type,
 * colours, a panel with axes, a legend beside it.
 *
 * Lengths are points; a PNG has two pixels a point. The colours are those that Okabe and Ito chose
 * for eyes of any kind. What is drawn in a panel is cut off at its edge. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PLOT_CANVAS_H
#define PS_TOOLS_REPLAY_PLOT_CANVAS_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/replay/plot_axis.h"

#define PLOT_TEXT_SIZE   12.0
#define PLOT_LINE_HEIGHT 18.0

struct plot_colour {
    double red, green, blue;
};

enum plot_colour_name {
    PLOT_BLACK,
    PLOT_BLUE,
    PLOT_VERMILION,
    PLOT_GREEN,
    PLOT_PURPLE,
    PLOT_ORANGE,
    PLOT_SKY,
    PLOT_GREY,
    PLOT_COLOUR_COUNT
};

enum plot_align { PLOT_LEFT, PLOT_CENTRE, PLOT_RIGHT };

struct plot_canvas {
    cairo_t *cr;
    cairo_surface_t *surface;
    const char *path;
    FILE *file;
    bool is_png;
};

struct plot_panel {
    double x, y, width, height; /* within the axes */
    struct plot_axis across, up;
};

/** @return Whether @p path ends in .png or .svg. */
bool plot_canvas_knows(const char *path);

/** @p path ends in .png or .svg, and is kept. @return 0, open(2)'s errors or -ENOMEM. */
int plot_canvas_open(struct plot_canvas *ret, const char *path, double width, double height);
/** Write it; on failure there is no file. @return 0, -EIO, -EILSEQ (text is not UTF-8), -ENOMEM. */
int plot_canvas_close(struct plot_canvas *canvas);

/** Dark of itself is 1; lines and text that step back have less. */
void plot_ink(struct plot_canvas *canvas, enum plot_colour_name name, double opacity);

/** @p y is the middle of the small letters. */
void plot_text(struct plot_canvas *canvas, double x, double y, enum plot_align align,
               const char *text);

/** What the picture shows, of what; and a line that says how to read it. */
void plot_heading(struct plot_canvas *canvas, const char *what, const char *of, const char *how);

/** Paper lines at the ticks, their labels, the axes' titles; @p name over it, or NULL. */
void plot_panel_draw(struct plot_canvas *canvas, const struct plot_panel *panel, const char *name);

double plot_panel_x(const struct plot_panel *panel, double value);
double plot_panel_y(const struct plot_panel *panel, double value);

/** Between these, what is drawn stays in the panel. */
void plot_panel_enter(struct plot_canvas *canvas, const struct plot_panel *panel);
void plot_panel_leave(struct plot_canvas *canvas);

enum plot_shape { PLOT_DOT, PLOT_SQUARE, PLOT_DIAMOND, PLOT_TRIANGLE, PLOT_CROSS };

/** In the current ink. */
void plot_mark(struct plot_canvas *canvas, enum plot_shape shape, double x, double y);

#endif
