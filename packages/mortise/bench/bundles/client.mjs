export { connect } from 'mortise/client'
