export type Point = readonly [x: number, y: number];

/** Signed distance to an outline, negative inside. */
export type Distance = (x: number, y: number) => number;

/**
 * Signed distance to a closed polygon, by Quilez' formula (https://iquilezles.org/articles/distfunctions2d):
 * the nearest edge gives the distance, the parity of crossed edges the sign.
 */
export function polygon(...points: readonly Point[]): Distance {
  const count = points.length;
  const corners = Float64Array.from(points.flat());
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let inside = false;
    let fromX = corners[2 * count - 2]!;
    let fromY = corners[2 * count - 1]!;
    for (let corner = 0; corner < 2 * count; corner += 2) {
      const toX = corners[corner]!;
      const toY = corners[corner + 1]!;
      const edgeX = toX - fromX;
      const edgeY = toY - fromY;
      const offX = x - fromX;
      const offY = y - fromY;
      const along = (offX * edgeX + offY * edgeY) / (edgeX * edgeX + edgeY * edgeY);
      const clamped = Math.max(0, Math.min(1, along));
      const restX = offX - edgeX * clamped;
      const restY = offY - edgeY * clamped;
      const squared = restX * restX + restY * restY;
      if (squared < nearest) nearest = squared;
      if (fromY > y !== toY > y && x < fromX + (edgeX * (y - fromY)) / edgeY) inside = !inside;
      fromX = toX;
      fromY = toY;
    }
    const distance = Math.sqrt(nearest);
    return inside ? -distance : distance;
  };
}
