/* A process of a crew that serves nothing. */
process.on('message', (order) => { if (order === 'stop') process.exit(0) })
process.send?.('ready')
