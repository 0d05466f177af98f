"""What filters may name, from the vendor's models, client release 269.0.0 (``…DetailQueryPredicate``).

https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/
"""

from __future__ import annotations

import typing as t


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DIMENSIONS: t.Final = {
    "conversation": _words(
        """
        accessAttribute conversationEnd conversationId conversationInitiator conversationStart customerParticipation
        divisionId externalTag mediaStatsMinConversationMos originatingDirection originatingSocialMediaPublic
        """
    ),
    "segment": _words(
        """
        addressFrom addressTo agentAssistantId agentOwned ani authenticated bargedParticipantId callbackNumber
        callbackScheduledTime canonicalExternalContactId cleared coachedParticipantId conference deliveryPushed
        deliveryStatus destinationAddress destinationConversationId detectedSpeechEnd detectedSpeechStart direction
        disconnectType dnis edgeId engagementSource errorCode exitReason extendedDeliveryStatus externalContactId
        externalOrganizationId flaggedReason flowId flowName flowOutType flowOutcome flowOutcomeId flowOutcomeValue
        flowVersion groupId journeyActionId journeyActionMapId journeyCustomerId journeyCustomerIdType
        journeyCustomerSessionId mediaCount mediaType messageType monitoredParticipantId outboundCampaignId
        outboundContactId outboundContactListId participantName protocolCallId provider purpose queueId recording
        remote remoteNameDisplayable requestedLanguageId requestedRouting requestedRoutingSkillId scoredAgentId
        screenMonitoredUserId screenRecording scriptId segmentEnd segmentType sessionDnis sipResponseCode
        skillExpressionId snippetRecording subject teamId transferTargetAddress transferTargetName transferType
        usedRouting userId wrapUpCode wrapUpNote
        """
    ),
    "evaluation": _words(
        """
        assigneeApplicable assigneeId calibrationId contextId deleted evaluationId evaluationStatus evaluatorId
        eventTime formId formName queueId released rescored systemSubmitted userId
        """
    ),
    "survey": _words(
        """
        eventTime queueId surveyCompletedDate surveyFormContextId surveyFormId surveyId surveyPartialResponse
        surveyPromoterScore surveyStatus surveyType userId
        """
    ),
    "resolution": _words(""),
    "evaluation_aggregate": _words(
        """
        assigneeApplicable assigneeId calibrationId contextId conversationId conversationStart divisionId
        evaluationContextId evaluationCreatedDate evaluationId evaluationReleaseDate evaluatorId formId mediaType
        queueId released rescored systemSubmitted teamId userId
        """
    ),
    "user": _words(
        """
        userId
        """
    ),
    "presence": _words(
        """
        organizationPresenceId systemPresence
        """
    ),
    "routing_status": _words(
        """
        routingStatus
        """
    ),
}
METRICS: t.Final = {
    "conversation": _words(
        """
        nAgentDeclined nAlertExpired nBlindTransferred nBotInteractions nCallbackAttempts nCallbackOverSla
        nCallbackScheduled nCfcOffered nCobrowseSessions nConnected nConsult nConsultTransferred nConversations
        nError nFlow nFlowMilestone nFlowOutcome nFlowOutcomeFailed nOffered nOutbound nOutboundAbandoned
        nOutboundAttempted nOutboundConnected nOverSla nStateTransitionError nTakeover nTransferred
        oAudioMessageCount oExternalAudioMessageCount oExternalMediaCount oFlowMilestone oMediaCount oMessageCount
        oMessageSegmentCount oMessageTurn oSkillExpressionApplications tAbandon tAcd tActiveCallback
        tActiveCallbackComplete tAcw tAgentResponseTime tAgentVideoConnected tAlert tAnswered
        tAverageAgentResponseTime tAverageCustomerResponseTime tBarging tCallbackAbandon tCallbackConnect
        tCallbackNotReached tCallbackVirtualWait tCfcAbandon tCfcAcd tCfcAnswered tCfcFlowOut tCoaching
        tCoachingComplete tConnected tContacting tConversationDuration tDialing tFirstConnect tFirstDial
        tFirstEngagement tFirstResponse tFlow tFlowDisconnect tFlowExit tFlowOut tFlowOutcome tHandle tHeld
        tHeldComplete tIvr tMonitoring tMonitoringComplete tNotResponding tPark tParkComplete tScreenMonitoring
        tShortAbandon tSnippetRecord tTalk tTalkComplete tTransmitting tUserResponseTime tVoicemail
        """
    ),
    "segment": _words(
        """
        tSegmentDuration
        """
    ),
    "evaluation": _words(
        """
        oTotalCriticalScore oTotalScore
        """
    ),
    "survey": _words(
        """
        oSurveyTotalScore
        """
    ),
    "resolution": _words(
        """
        nNextContactAvoided
        """
    ),
    "evaluation_aggregate": _words(""),
    "user": _words(""),
    "presence": _words(""),
    "routing_status": _words(""),
}
