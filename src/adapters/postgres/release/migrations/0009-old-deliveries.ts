/** Deliveries that were handled long ago are found, and forgotten, without a look at the others. */
export const oldDeliveries = `
CREATE INDEX deliveries_handled ON daypass.deliveries (handled_at) WHERE handled_at IS NOT NULL;
`;
