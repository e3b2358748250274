exports.registerHandler = () => {}; exports.causeSegfault = () => {}
