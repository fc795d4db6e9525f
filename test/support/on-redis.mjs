// The queue of every installation of these tests is on a Redis server of its own (installation.ts).
process.env.DAYPASS_TEST_QUEUE = 'redis';
