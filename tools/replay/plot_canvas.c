/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_canvas.c - see plot_canvas.h. */
#include "tools/replay/plot_canvas.h"

#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "host/base/assert.h"

#define PIXELS_A_POINT 2.0
#define TITLE_SIZE     16.0
#define SMALL_SIZE     11.0
#define TICK_LENGTH    4.0
#define MARK_RADIUS    4.0

static const struct plot_colour colours[PLOT_COLOUR_COUNT] = {
    [PLOT_BLACK] = { 0.10, 0.10, 0.10 },      [PLOT_BLUE] = { 0.00, 0.447, 0.698 },
    [PLOT_VERMILION] = { 0.835, 0.369, 0.0 }, [PLOT_GREEN] = { 0.0, 0.62, 0.451 },
    [PLOT_PURPLE] = { 0.80, 0.475, 0.655 },   [PLOT_ORANGE] = { 0.902, 0.624, 0.0 },
    [PLOT_SKY] = { 0.337, 0.706, 0.914 },     [PLOT_GREY] = { 0.45, 0.45, 0.45 },
};

static bool ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path);

    return length > strlen(ending) && strcmp(path + length - strlen(ending), ending) == 0;
}

bool plot_canvas_knows(const char *path)
{
    return ends_in(path, ".png") || ends_in(path, ".svg");
}

static cairo_status_t put(void *arg, const unsigned char *bytes, unsigned count)
{
    return fwrite(bytes, 1, count, arg) == count ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *new_surface(const struct plot_canvas *canvas, double width, double height)
{
    cairo_surface_t *surface;

    if (canvas->is_png)
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * PIXELS_A_POINT),
                                          (int)(height * PIXELS_A_POINT));
    surface = cairo_svg_surface_create_for_stream(put, canvas->file, width, height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PT);
    return surface;
}

int plot_canvas_open(struct plot_canvas *ret, const char *path, double width, double height)
{
    ps_assert(plot_canvas_knows(path));
    *ret = (struct plot_canvas){ .path = path,
                                 .is_png = ends_in(path, ".png"),
                                 .file = fopen(path, "we") };
    if (ret->file == NULL)
        return -errno;
    ret->surface = new_surface(ret, width, height);
    ret->cr = cairo_create(ret->surface);
    if (cairo_status(ret->cr) != CAIRO_STATUS_SUCCESS) {
        plot_canvas_close(ret);
        return -ENOMEM;
    }
    if (ret->is_png)
        cairo_scale(ret->cr, PIXELS_A_POINT, PIXELS_A_POINT);
    cairo_set_source_rgb(ret->cr, 1.0, 1.0, 1.0);
    cairo_paint(ret->cr);
    cairo_select_font_face(ret->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(ret->cr, PLOT_TEXT_SIZE);
    cairo_set_line_width(ret->cr, 1.0);
    return 0;
}

int plot_canvas_close(struct plot_canvas *canvas)
{
    cairo_status_t status = cairo_status(canvas->cr);

    cairo_destroy(canvas->cr);
    if (status == CAIRO_STATUS_SUCCESS && canvas->is_png)
        status = cairo_surface_write_to_png_stream(canvas->surface, put, canvas->file);
    cairo_surface_finish(canvas->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(canvas->surface);
    cairo_surface_destroy(canvas->surface);
    if (fclose(canvas->file) != 0 && status == CAIRO_STATUS_SUCCESS)
        status = CAIRO_STATUS_WRITE_ERROR;
    if (status != CAIRO_STATUS_SUCCESS)
        unlink(canvas->path); /* half a picture is of no use */
    return status == CAIRO_STATUS_SUCCESS          ? 0
           : status == CAIRO_STATUS_WRITE_ERROR    ? -EIO
           : status == CAIRO_STATUS_INVALID_STRING ? -EILSEQ
                                                   : -ENOMEM;
}

void plot_ink(struct plot_canvas *canvas, enum plot_colour_name name, double opacity)
{
    const struct plot_colour *c = &colours[name];

    cairo_set_source_rgba(canvas->cr, c->red, c->green, c->blue, opacity);
}

void plot_text(struct plot_canvas *canvas, double x, double y, enum plot_align align,
               const char *text)
{
    cairo_text_extents_t extents;

    cairo_text_extents(canvas->cr, text, &extents);
    if (align == PLOT_CENTRE)
        x -= extents.x_advance / 2.0;
    else if (align == PLOT_RIGHT)
        x -= extents.x_advance;
    cairo_move_to(canvas->cr, x, y + 0.35 * PLOT_TEXT_SIZE);
    cairo_show_text(canvas->cr, text);
}

static void set_type(struct plot_canvas *canvas, double size, cairo_font_weight_t weight)
{
    cairo_select_font_face(canvas->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight);
    cairo_set_font_size(canvas->cr, size);
}

void plot_heading(struct plot_canvas *canvas, const char *what, const char *of, const char *how)
{
    char title[400];

    snprintf(title, sizeof(title), "%s: %s", what, of);
    plot_ink(canvas, PLOT_BLACK, 1.0);
    set_type(canvas, TITLE_SIZE, CAIRO_FONT_WEIGHT_BOLD);
    plot_text(canvas, 24.0, 26.0, PLOT_LEFT, title);
    set_type(canvas, SMALL_SIZE, CAIRO_FONT_WEIGHT_NORMAL);
    plot_ink(canvas, PLOT_GREY, 1.0);
    plot_text(canvas, 24.0, 48.0, PLOT_LEFT, how);
    set_type(canvas, PLOT_TEXT_SIZE, CAIRO_FONT_WEIGHT_NORMAL);
}

double plot_panel_x(const struct plot_panel *panel, double value)
{
    return panel->x + panel->width * plot_axis_at(&panel->across, value);
}

double plot_panel_y(const struct plot_panel *panel, double value)
{
    return panel->y + panel->height * (1.0 - plot_axis_at(&panel->up, value));
}

static void draw_line(struct plot_canvas *canvas, double x0, double y0, double x1, double y1)
{
    cairo_move_to(canvas->cr, x0, y0);
    cairo_line_to(canvas->cr, x1, y1);
    cairo_stroke(canvas->cr);
}

static void draw_across(struct plot_canvas *canvas, const struct plot_panel *panel)
{
    const double bottom = panel->y + panel->height;

    for (uint32_t t = 0; t < panel->across.tick_count; t++) {
        const struct plot_tick *tick = &panel->across.ticks[t];
        const double x = plot_panel_x(panel, tick->value);

        plot_ink(canvas, PLOT_GREY, 0.2);
        draw_line(canvas, x, panel->y, x, bottom);
        plot_ink(canvas, PLOT_BLACK, 1.0);
        draw_line(canvas, x, bottom, x, bottom + TICK_LENGTH);
        plot_text(canvas, x, bottom + 15.0, PLOT_CENTRE, tick->label);
    }
    plot_text(canvas, panel->x + panel->width / 2.0, bottom + 36.0, PLOT_CENTRE,
              panel->across.title);
}

static void draw_up(struct plot_canvas *canvas, const struct plot_panel *panel)
{
    for (uint32_t t = 0; t < panel->up.tick_count; t++) {
        const struct plot_tick *tick = &panel->up.ticks[t];
        const double y = plot_panel_y(panel, tick->value);

        plot_ink(canvas, PLOT_GREY, 0.2);
        draw_line(canvas, panel->x, y, panel->x + panel->width, y);
        plot_ink(canvas, PLOT_BLACK, 1.0);
        draw_line(canvas, panel->x - TICK_LENGTH, y, panel->x, y);
        plot_text(canvas, panel->x - 8.0, y, PLOT_RIGHT, tick->label);
    }
    if (panel->up.title == NULL)
        return;
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, panel->x - 52.0, panel->y + panel->height / 2.0);
    cairo_rotate(canvas->cr, -M_PI / 2.0);
    plot_text(canvas, 0.0, 0.0, PLOT_CENTRE, panel->up.title);
    cairo_restore(canvas->cr);
}

void plot_panel_draw(struct plot_canvas *canvas, const struct plot_panel *panel, const char *name)
{
    cairo_set_line_width(canvas->cr, 1.0);
    draw_across(canvas, panel);
    draw_up(canvas, panel);
    plot_ink(canvas, PLOT_BLACK, 1.0);
    draw_line(canvas, panel->x, panel->y, panel->x, panel->y + panel->height);
    draw_line(canvas, panel->x, panel->y + panel->height, panel->x + panel->width,
              panel->y + panel->height);
    if (name != NULL)
        plot_text(canvas, panel->x + panel->width / 2.0, panel->y - 14.0, PLOT_CENTRE, name);
}

void plot_panel_enter(struct plot_canvas *canvas, const struct plot_panel *panel)
{
    cairo_save(canvas->cr);
    /* A mark at an edge is shown whole. */
    cairo_rectangle(canvas->cr, panel->x - 2.0 * MARK_RADIUS, panel->y - 2.0 * MARK_RADIUS,
                    panel->width + 4.0 * MARK_RADIUS, panel->height + 4.0 * MARK_RADIUS);
    cairo_clip(canvas->cr);
}

void plot_panel_leave(struct plot_canvas *canvas)
{
    cairo_restore(canvas->cr);
}

static void trace_polygon(cairo_t *cr, double x, double y, unsigned corners, double turn)
{
    for (unsigned i = 0; i < corners; i++) {
        const double angle = turn + 2.0 * M_PI * i / corners;

        cairo_line_to(cr, x + 1.2 * MARK_RADIUS * cos(angle), y + 1.2 * MARK_RADIUS * sin(angle));
    }
    cairo_close_path(cr);
    cairo_fill(cr);
}

void plot_mark(struct plot_canvas *canvas, enum plot_shape shape, double x, double y)
{
    const double r = MARK_RADIUS;

    cairo_new_path(canvas->cr);
    switch (shape) {
    case PLOT_DOT:
        cairo_arc(canvas->cr, x, y, r, 0.0, 2.0 * M_PI);
        cairo_fill(canvas->cr);
        return;
    case PLOT_SQUARE:
        trace_polygon(canvas->cr, x, y, 4, M_PI / 4.0);
        return;
    case PLOT_DIAMOND:
        trace_polygon(canvas->cr, x, y, 4, 0.0);
        return;
    case PLOT_TRIANGLE:
        trace_polygon(canvas->cr, x, y, 3, -M_PI / 2.0);
        return;
    case PLOT_CROSS:
        cairo_set_line_width(canvas->cr, 2.0);
        draw_line(canvas, x - r, y - r, x + r, y + r);
        draw_line(canvas, x - r, y + r, x + r, y - r);
        return;
    }
}
