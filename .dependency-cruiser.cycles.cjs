// The rule against cycles alone, so that it is counted for itself.
const { forbidden, options } = require('./.dependency-cruiser.cjs');

module.exports = { forbidden: forbidden.filter(({ name }) => name === 'no-cycles'), options };
