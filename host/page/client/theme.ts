// The colours of canvas drawings, taken from style.css so that each colour is stated once.

export interface Theme {
  text: string;
  muted: string;
  grid: string;
  trace: string;
  traceFill: string;
  second: string;
  bpfo: string;
  bpfi: string;
  ball: string;
  ftf: string;
  panel: string;
}

/** The colours of the present scheme. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour("text"),
    muted: colour("muted"),
    grid: colour("grid"),
    trace: colour("trace"),
    traceFill: colour("trace-fill"),
    second: colour("second"),
    bpfo: colour("bpfo"),
    bpfi: colour("bpfi"),
    ball: colour("ball"),
    ftf: colour("ftf"),
    panel: colour("panel"),
  };
}

/** Calls back when the system goes from dark to light or back. */
export function onThemeChange(callback: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
