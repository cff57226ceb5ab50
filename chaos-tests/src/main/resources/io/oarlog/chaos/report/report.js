"use strict";
// Draws the timeline of the page from its JSON. All plots have one cursor and one zoom.
(() => {
  const source = document.getElementById("timeline");
  if (!source) return;
  const run = JSON.parse(source.textContent);
  const lanes = Math.max(1, ...run.faults.map(fault => fault.lane + 1));
  const end = run.seconds[run.seconds.length - 1] + 1;
  // Final reads may take longer than the run: their begin is enough at first.
  const interesting = run.finalReads === null ? end : Math.max(run.finalReads, run.silence ? run.silence.to : 0);
  const first = run.seconds[0];
  const shown = { min: first, max: Math.max(first + 1, Math.min(end, interesting + (interesting - first) * 0.08)) };
  // What is counted in a second stands in its middle.
  const middles = run.seconds.map(second => second + 0.5);
  const atCursor = document.getElementById("at-cursor");
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const of = name => () => colour(name);

  function hatched(name) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour(name);
    pen.lineWidth = 3;
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  // Calls back with the pixels of each band that can be seen.
  function eachBand(plot, bands, draw) {
    const { left, width } = plot.bbox;
    for (const band of bands) {
      const from = plot.valToPos(band.from, "x", true);
      const to = Math.max(plot.valToPos(band.to, "x", true), from + 2);
      if (to > left && from < left + width) draw(band, Math.max(left, from), Math.min(left + width, to) - Math.max(left, from));
    }
  }

  // The hook of uPlot: bands behind the lines, over the whole height or, with names, in lanes.
  function bands(named) {
    return {
      hooks: {
        drawClear: plot => {
          const pen = plot.ctx;
          const { top, height } = plot.bbox;
          const hatch = hatched("majority");
          pen.save();
          if (run.finalReads !== null) {
            pen.globalAlpha = 0.15;
            pen.fillStyle = colour("reads");
            eachBand(plot, [{ from: run.finalReads, to: end }], (_, x, w) => pen.fillRect(x, top, w, height));
          }
          eachBand(plot, run.faults, (fault, x, w) => {
            const h = height / lanes;
            const bottom = top + (fault.lane + 1) * h;
            pen.globalAlpha = named ? 1 : 0.25;
            pen.fillStyle = fault.minority ? colour("minority") : hatch;
            if (named) {
              pen.fillRect(x, bottom - h * 0.35, w, h * 0.3);
              name(plot, fault, x, bottom - h * 0.65);
            } else {
              pen.fillRect(x, top, w, height);
            }
          });
          pen.restore();
        },
      },
    };
  }

  // As much of the name as has place before the next fault of the lane.
  function name(plot, fault, x, y) {
    const pen = plot.ctx;
    const text = fault.text.replace(/^minority /, "");
    const next = run.faults.find(other => other.lane === fault.lane && other.from >= fault.to);
    const edge = plot.bbox.left + plot.bbox.width;
    const place = (next ? Math.min(edge, plot.valToPos(next.from, "x", true)) : edge) - x - 6 * devicePixelRatio;
    font(pen);
    const shorter = [text, text.replace(/ .*(#\d+)/, " $1"), (text.match(/#\d+/) || [""])[0]];
    const fitting = shorter.find(each => pen.measureText(each).width <= place);
    if (!fitting) return;
    pen.globalAlpha = 1;
    pen.fillStyle = colour("text");
    pen.textBaseline = "middle";
    pen.fillText(fitting, x, y);
  }

  function font(pen) {
    pen.font = Math.round(11 * devicePixelRatio) + "px system-ui, sans-serif";
    pen.textAlign = "left";
  }

  // The longest time without an acknowledged send: a bar at the top of the sends.
  const silence = {
    hooks: {
      draw: plot => {
        const pen = plot.ctx;
        pen.save();
        eachBand(plot, run.silence && run.silence.to - run.silence.from > 1 ? [run.silence] : [], (band, x, w) => {
          const y = plot.bbox.top + 4 * devicePixelRatio;
          pen.fillStyle = colour("bad");
          pen.fillRect(x, y, w, 3 * devicePixelRatio);
          font(pen);
          pen.textBaseline = "top";
          const wide = pen.measureText(band.text).width;
          const right = plot.bbox.left + plot.bbox.width;
          pen.fillText(band.text, Math.max(plot.bbox.left, Math.min(x, right - wide)), y + 6 * devicePixelRatio);
        });
        pen.restore();
      },
    },
  };

  const told = {
    hooks: {
      setCursor: plot => {
        const index = plot.cursor.idx;
        if (index === null || index === undefined || plot.cursor.left < 0) {
          atCursor.textContent = "\u00a0";
          return;
        }
        const at = run.seconds[index];
        const open = run.faults.filter(fault => fault.from < at + 1 && fault.to >= at).map(fault => fault.text);
        atCursor.textContent = "second " + at + ": " + (open.length ? open.join("; ") : "no fault");
      },
    },
  };

  // A value between two gaps has no line to be seen by.
  const lonely = (plot, series) => {
    const values = plot.data[series];
    const found = [];
    for (let i = 0; i < values.length; i++) {
      if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
    }
    return found;
  };

  function line(label, name, dash, fill, digits) {
    return {
      label,
      stroke: of(name),
      width: 1.5,
      dash,
      fill: fill ? () => colour(name) + "38" : undefined,
      points: { show: false, size: 4, fill: of(name), filter: lonely },
      value: (_, value) => (value == null ? "\u2013" : value.toLocaleString("en", { maximumFractionDigits: digits })),
    };
  }

  // What is shown of the scale: final reads, which read everything at once, do not count.
  function top(columns, room) {
    let most = 1;
    run.seconds.forEach((second, i) => {
      if (run.finalReads === null || second < Math.floor(run.finalReads)) {
        for (const column of columns) most = Math.max(most, column[i]);
      }
    });
    return most * room;
  }

  function axis(more) {
    return { stroke: of("quiet"), grid: { stroke: of("line"), width: 1 }, ticks: { stroke: of("line") }, size: 68, ...more };
  }

  const thousands = (_, ticks) => ticks.map(tick => (tick == null ? "" : tick.toLocaleString("en")));
  const powers = (_, ticks) => ticks.map(tick => (Number.isInteger(Math.log10(tick)) ? tick : null));
  const powersOfTen = { stroke: of("line"), width: 1, filter: powers };
  const seconds = () => axis({ size: 32, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000], values: (_, ticks) => ticks.map(tick => tick + " s") });
  const wholes = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(power => [1, 2, 5].map(digit => digit * 10 ** power));
  const built = [];

  function build(id, height, columns, series, y, plugins, more) {
    const place = document.getElementById("plot-" + id);
    const plot = new uPlot(
      {
        width: place.clientWidth,
        height,
        padding: [8, 16, 0, 0],
        cursor: { sync: { key: "run" }, drag: { x: true, y: false }, y: false },
        scales: { x: { time: false }, y },
        axes: [seconds(), axis({ values: thousands, incrs: wholes })],
        series: [{ label: "second", value: (_, value) => (value == null ? "\u2013" : String(Math.floor(value))) }, ...series],
        plugins,
        ...more,
      },
      [middles, ...columns],
      place);
    plot.setScale("x", shown);
    built.push({ plot, place, height });
  }

  function buildAll() {
    built.splice(0).forEach(({ plot }) => plot.destroy());
    const nothing = { points: { show: false } };
    build("faults", 26 * lanes + 6, [run.seconds.map(() => 0)], [nothing], { range: [0, 1] }, [bands(true), told], {
      legend: { show: false },
      padding: [3, 16, 3, 0],
      axes: [axis({ show: false }), axis({ values: () => [], grid: { show: false }, ticks: { show: false } })],
    });
    build(
      "latency",
      230,
      [run.max, run.p99, run.p50],
      [line("max", "max", [2, 2], false, 1), line("p99", "p99", [6, 3], false, 1), line("p50", "p50", [], false, 1)],
      { distr: 3, range: (_, min, max) => (min == null ? [1, 1000] : uPlot.rangeLog(min, max, 10, true)) },
      [bands(false)],
      { axes: [seconds(), axis({ values: thousands, grid: powersOfTen, ticks: powersOfTen, filter: powers })] });
    build(
      "acknowledged",
      200,
      [run.acknowledged],
      [line("acknowledged", "acknowledged", [], true, 0)],
      { range: [0, top([run.acknowledged], 1.25)] },
      [bands(false), silence]);
    build(
      "failed",
      130,
      [run.unknown, run.refused],
      [line("unknown", "unknown", [], true, 0), line("refused", "refused", [4, 2], true, 0)],
      { range: [0, top([run.unknown, run.refused], 1.1)] },
      [bands(false)]);
    build("polled", 170, [run.polled], [line("records", "polled", [], true, 0)], { range: [0, top([run.polled], 1.1)] }, [
      bands(false),
    ]);
  }

  buildAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", buildAll);
  new ResizeObserver(() => {
    for (const { plot, place, height } of built) {
      if (plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height });
    }
  }).observe(document.querySelector("main"));
})();
