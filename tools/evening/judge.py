# SPDX-License-Identifier: BSD-3-Clause
"""Turns what two runs saw into figures, a table and checks."""
import pathlib
import subprocess


def quantile(values, q):
    """Nearest-rank quantile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0


def share(part, whole):
    return part / whole if whole else 0.0


def figures_of(seen, status, queues, tier):
    """The figures of one run, by name."""
    deliver, demand = status["deliver"], status["demand"]
    return {
        "first_segment_ms_p50": quantile(seen["first_ms"], 0.50),
        "first_segment_ms_p99": quantile(seen["first_ms"], 0.99),
        "segment_ms_p50": quantile(seen["segment_ms"], 0.50),
        "segment_ms_p99": quantile(seen["segment_ms"], 0.99),
        "stalls": seen["stalls"],
        "stalled_s": seen["stalled_ms"] / 1e3,
        "hit_share": share(deliver["hits"], deliver["segments"]),
        "sessions": seen["sessions"],
        "viewer_requests": seen["requests"],
        "server_media_requests": deliver["requests"],
        "nic_media_requests": demand["nic_media_requests"],
        "player_errors": len(seen["errors"]) + len(seen["mismatches"]),
        "rt_wait_ms_p50": queues["rt_wait_ms"]["p50"],
        "rt_wait_ms_p99": queues["rt_wait_ms"]["p99"],
        "cu_seconds_real_time": queues["cu_seconds"]["real_time"],
        "cu_seconds_speculative": queues["cu_seconds"]["speculative"],
        "cu_seconds_wasted": queues["cu_seconds"]["wasted"],
        "written_mb": tier["written_bytes"] / 1e6,
        "served_mb": deliver["bytes"] / 1e6,
    }


def this_evening(before, after, horizon):
    """(labels, said, happened) of the evening alone: the imported history's share taken off."""
    count = after[f"labels_{horizon}"] - before[f"labels_{horizon}"]

    def mean(what):
        total = [run[f"labels_{horizon}"] * run[f"{what}_{horizon}"] for run in (before, after)]
        return share(total[1] - total[0], count)

    return count, mean("said"), mean("happened")


def calibration_of(before, after, horizon):
    """(from, said, happened, count) of each bin that the evening alone put something in."""
    rows = []
    for earlier, later in zip(before["calibration"], after["calibration"]):
        count = later[f"count_{horizon}"] - earlier[f"count_{horizon}"]

        def mean(what):
            total = [run[f"count_{horizon}"] * run[f"{what}_{horizon}"] for run in (earlier, later)]
            return min(max((total[1] - total[0]) / count, 0.0), 1.0)

        if count > 0:
            rows.append((later["from"], mean("said"), mean("happened"), count))
    return rows


def calibration_table(rows_5m, rows_15m):
    """What was said and what happened, bin by bin, of this evening."""
    lines = [f"{'said with':12}{'within 5 min:':>16}{'':20}{'within 15 min:':>16}",
             f"{'confidence':12}{'said':>8}{'happened':>10}{'count':>8}{'':10}{'said':>8}{'happened':>10}{'count':>8}"]
    by_bin = [{row[0]: row for row in rows} for rows in (rows_5m, rows_15m)]
    for start in sorted(by_bin[0] | by_bin[1]):
        cells = []
        for rows in by_bin:
            _, said, happened, count = rows.get(start, (start, None, None, 0))
            cells.append(f"{100 * said:6.1f} %{100 * happened:8.1f} %{count:8d}" if count else f"{'-':>8}{'-':>10}{0:8d}")
        lines.append(f"{100 * start:3.0f} to {100 * start + 10:3.0f} %{'':1}" + f"{'':10}".join(cells))
    return "\n".join(lines)


def ledger_line(s):
    """The ledger's equation with its figures, and whether it holds."""
    parts = ("used", "late", "wasted", "evicted_unused", "still_there")
    total = sum(s[part] for part in parts)
    holds = s["adds_up"] and total == s["staged"]
    words = " + ".join(f"{s[part]} {part.replace('_', ' ')}" for part in parts)
    return f"ledger: {s['staged']} staged {'=' if holds else '!='} {words}", holds


def speculation_of(before, status):
    s, p = status["speculation"], status["predict"]
    (labels_5m, said_5m, happened_5m), (labels_15m, said_15m, happened_15m) = (
        this_evening(before["predict"], p, horizon) for horizon in ("5m", "15m"))
    return {
        "staged": s["staged"], "used": s["used"], "late": s["late"],
        "wasted": s["wasted"] + s["evicted_unused"], "still_there": s["still_there"],
        "staged_used_share": share(s["used"], s["staged"]),
        "labels_5m": labels_5m, "said_5m": said_5m, "happened_5m": happened_5m,
        "labels_15m": labels_15m, "said_15m": said_15m, "happened_15m": happened_15m,
        "labels_with_history": p["labels_5m"] + p["labels_15m"],
        "calibration": {h: calibration_of(before, status, h) for h in ("5m", "15m")},
        "ledger": ledger_line(s),
        "shadow_hit_share": share(status["shadow"]["shadow_hits"], status["shadow"]["requests"]),
        "bets_rested": status["shadow"]["rests"],
        "calibration_error": max(p["calibration_error_5m"], p["calibration_error_15m"]),
    }


def undecodable(segments_dir):
    """Play every kept resource's segments through a decoder; returns complaints."""
    complaints = []
    for init in sorted(pathlib.Path(segments_dir).glob("*/*/init.mp4")):
        parts = sorted(init.parent.glob("*.m4s"), key=lambda p: int(p.stem))
        stream = init.read_bytes() + b"".join(part.read_bytes() for part in parts)
        result = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-i", "pipe:0", "-f", "null", "-"],
                                input=stream, capture_output=True, check=False)
        if result.returncode != 0 or result.stderr.strip():
            name = init.parent.relative_to(segments_dir)
            complaints.append(f"{name}: {result.stderr.decode(errors='replace').strip()[:200]}")
    return complaints


ROWS = (
    ("first_segment_ms_p50", "first segment, median", "ms", 1),
    ("first_segment_ms_p99", "first segment, 99 %", "ms", 1),
    ("segment_ms_p50", "any segment, median", "ms", 1),
    ("segment_ms_p99", "any segment, 99 %", "ms", 1),
    ("stalls", "stalls", "", 0),
    ("stalled_s", "picture stood still", "s", 2),
    ("hit_share", "segments there when asked for", "%", 1),
    ("rt_wait_ms_p99", "viewers' work waits for a CU, 99 %", "ms", 1),
    ("cu_seconds_real_time", "CU time for viewers (emulated)", "s", 1),
    ("cu_seconds_speculative", "CU time for predictions (emulated)", "s", 1),
    ("cu_seconds_wasted", "  of it wasted", "s", 1),
    ("written_mb", "written to the buffer file", "MB", 1),
    ("served_mb", "served to viewers", "MB", 1),
    ("viewer_requests", "requests, as viewers count", "", 0),
    ("server_media_requests", "requests, as the server counts", "", 0),
    ("nic_media_requests", "requests, as the NIC counts", "", 0),
)


def table(reactive, prestage):
    """The two runs side by side."""
    lines = [f"{'':40}{'reactive':>14}{'prestage':>14}"]
    for key, label, unit, digits in ROWS:
        scale = 100 if unit == "%" else 1
        cells = "".join(f"{run[key] * scale:14.{digits}f}" for run in (reactive, prestage))
        lines.append(f"{label:40}{cells} {unit}".rstrip())
    return "\n".join(lines)


def key_values(reactive, prestage, speculation, extra):
    pairs = {f"reactive_{k}": v for k, v in reactive.items()}
    pairs |= {f"prestage_{k}": v for k, v in prestage.items()}
    pairs |= {k: v for k, v in speculation.items() if k not in ("calibration", "ledger")} | extra
    pairs |= {"ledger_adds_up": str(speculation["ledger"][1]).lower()}
    return {k: (f"{v:.4g}" if isinstance(v, float) else v) for k, v in pairs.items()}


def gain_checks(reactive, prestage, speculation, extra):
    """(what must hold, whether it does)."""
    return [
        ("first segment is sooner at the median",
         prestage["first_segment_ms_p50"] < reactive["first_segment_ms_p50"]),
        ("first segment is sooner at 99 %",
         prestage["first_segment_ms_p99"] < reactive["first_segment_ms_p99"]),
        ("viewers' work waits at most 1.3 times as long for a CU", extra["rt_wait_p99_ratio"] <= 1.3),
        ("confidence is calibrated within 0.05", speculation["calibration_error"] <= 0.05),
        ("the ledger adds up", speculation["ledger"][1]),
        ("a fifth of what was staged was used", speculation["staged_used_share"] >= 0.2),
    ]
