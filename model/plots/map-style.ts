/** How the page of a map looks. */
export const MAP_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 1rem 1.5rem; font: 15px/1.4 system-ui, sans-serif; background: Canvas; color: CanvasText; }
h1 { font-size: 1.2rem; font-weight: 600; margin: 0; }
p { margin: 0.2rem 0 1rem; opacity: 0.75; }
main { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
canvas { width: min(76vh, 100%); min-width: 280px; flex: 0 1 auto; aspect-ratio: 1; border: 1px solid #80808060; border-radius: 4px; cursor: grab; touch-action: none; }
ul { list-style: none; margin: 0; padding: 0; columns: 1; }
li button { all: unset; display: flex; gap: 0.5rem; align-items: center; padding: 0.15rem 0.4rem; cursor: pointer; border-radius: 4px; }
li button:hover { background: #80808030; }
li button:focus-visible { outline: 2px solid #4c9be8; }
li button[aria-pressed="false"] { opacity: 0.35; text-decoration: line-through; }
output { position: fixed; pointer-events: none; padding: 0.2rem 0.5rem; border-radius: 4px; background: CanvasText; color: Canvas; font-size: 13px; max-width: 60vw; }
output[hidden] { display: none; }
`;
